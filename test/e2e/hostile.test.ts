import { describe, expect, it } from 'vitest';
import { HOSTILE_TEXTS, type HostileText } from '../targets/hostile-corpus.ts';
import { type HostileKind, type HostileTarget, hostileHeaders } from '../targets/hostile-headers.ts';
import { FRONTS, type Inputs, polls, prove } from './prove.ts';

const KINDS: readonly HostileKind[] = ['html', 'txt', 'json', 'error', 'redirect'];

/** How each text is sent; in every run each of them is a URL of its own. */
const WAYS: Readonly<
  Record<string, { urls(target: HostileTarget, text: HostileText): string[]; readonly inputs?: Inputs }>
> = {
  'in the body and in every legal field': {
    urls: (target, text) => KINDS.map((kind) => target.urlOf(text, kind)),
  },
  'in fields whether they are legal or not': {
    urls: (target, text) => KINDS.map((kind) => target.rawUrlOf(text, kind)),
  },
  'on a folded line': { urls: (target, text) => [target.foldedUrlOf(text)] },
  'as the id in a field': {
    urls: (target, text) => [target.urlOf(text)],
    inputs: { where: 'header:x-build-id' },
  },
  'as the id in JSON': {
    urls: (target, text) => [target.urlOf(text, 'json')],
    inputs: { where: 'json:$.build.id' },
  },
};

// `prove` judges every run: by the runner's own parsers, line by line, and by what the proof's schema allows.
describe.each(FRONTS)('text of a hostile server comes out harmless (%s)', (front) => {
  it.concurrent.each(Object.keys(WAYS))('%s', async (way) => {
    await using target = await hostileHeaders();
    const { urls, inputs } = WAYS[way] ?? { urls: () => [] };
    const all = HOSTILE_TEXTS.flatMap((text) => urls(target, text));
    const run = await prove(front, 'verify-live', {
      url: all.join('\n'),
      'build-id': 'build-wanted',
      within: '60s',
      'max-polls': '1',
      confirmations: '1',
      ...inputs,
    });
    // A folded line is not even HTTP any more; the rest is answered, and wrong.
    expect(run.code).toBe(way === 'on a folded line' ? 3 : 1);
    expect(new Set(polls(run).map(({ url }) => url)).size).toBe(all.length);
    expect(run.outputs.live).toBe('false');
    expect(run.stdout).not.toMatch(/^\s*(NOT )?DEPLOYED/m);
    for (const line of run.stdout.split('\n')) expect(line.length).toBeLessThan(8000);
  });
});
