import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MODES, OWN_MODES } from '../../src/modes/registry.ts';
import { DIST, runAction } from '../e2e/run-dist.ts';
import { serveGitHub } from '../targets/github.ts';
import { hasRedisServer } from '../targets/redis-server.ts';
import { unzip } from '../targets/zip.ts';
import { foundIn } from './canary.ts';
import { openScene, type Scene } from './scene.ts';
import { gitLedger, PLANTED, RUNNER, redisLedger, sweep } from './sweep.ts';

// Secrets are planted wherever a run may hold some; then children write down their environment and arguments, and everything
// that came out is searched, in every form in which a value tends to leak.

let scene: Scene;
beforeEach(() => {
  scene = openScene();
});
afterEach(() => scene[Symbol.dispose]());

const DUMP = 'env; tr "\\0" "\\n" < /proc/self/environ; tr "\\0" " " < /proc/self/cmdline; echo done';

describe('a search for what was planted', () => {
  it.each([
    ['plain', (text: string) => text],
    ['base64', (text: string) => Buffer.from(`x${text}`).toString('base64')],
    ['base64url', (text: string) => Buffer.from(`xy${text}`).toString('base64url')],
    ['URL-encoded', encodeURIComponent],
    ['JSON', JSON.stringify],
    ['hex', (text: string) => Buffer.from(text).toString('hex')],
    ['HTML', (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['byte for byte', (text: string) => Buffer.from(text).toString('hex').replace(/../g, '%$&')],
    ['backwards', (text: string) => Array.from(text).reverse().join('')],
    ['cut off', (text: string) => text.slice(0, 16)],
    ['without its beginning', (text: string) => text.slice(-16)],
  ])('finds it %s', (_, encode) => {
    expect(foundIn(`… ${encode(PLANTED.header)} …`, PLANTED)).toEqual(['header']);
  });
});

describe('a child', () => {
  const childOf = async (inputs: Readonly<Record<string, string>>) => {
    const dump = join(scene.path, 'dump');
    const script = `{ ${DUMP}; } > ${dump}`;
    await using run = await runAction(
      { store: scene.store, ...inputs, run: script },
      { cwd: scene.path, token: PLANTED.token, env: RUNNER },
    );
    return { run, dump: readFileSync(dump, 'latin1') };
  };

  it('of `once` has none of them', async () => {
    const { run, dump } = await childOf({ mode: 'once', key: 'k' });
    expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
    expect(dump).toContain('done');
    expect(foundIn(dump, PLANTED)).toEqual([]);
  });

  it('of `tick` has none of them', async () => {
    const { run, dump } = await childOf({ mode: 'tick', runner: 'r', 'spend-cap': '1', estimate: '0.5' });
    expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
    expect(foundIn(dump, PLANTED)).toEqual([]);
  });

  it('that speaks MCP has none of them', async () => {
    const dump = join(scene.path, 'dump');
    const command = JSON.stringify(['sh', '-c', `{ ${DUMP}; } > ${dump}`]);
    const checks = `[{ name: a, command: ${command}, expect: { tools: [x] } }]`;
    await using run = await runAction(
      { mode: 'smoke', checks, within: '5s' },
      { cwd: scene.path, token: PLANTED.token, env: RUNNER },
    );
    expect(run.code).not.toBe(0);
    const text = readFileSync(dump, 'latin1');
    expect(text).toContain('done');
    expect(foundIn(text, PLANTED)).toEqual([]);
  });

  it('gets what `pass-env` names, and no more', async () => {
    const { dump } = await childOf({ mode: 'once', key: 'k', 'pass-env': 'SHIP_PROOF_KEY_SECRET' });
    expect(foundIn(dump, PLANTED)).toEqual(['key']);
  });

  it('has no descriptor but its own three', async () => {
    const dump = join(scene.path, 'fds');
    // bash keeps its script open as 255; what this test's own process leaves open to everybody is none of the program's.
    const inherited = new Set(readdirSync('/proc/self/fd').map((fd) => linkOf(`/proc/self/fd/${fd}`)));
    for (const inputs of [
      { mode: 'once', key: 'k' },
      { mode: 'tick', runner: 'r', 'spend-cap': '1', estimate: '0.5' },
    ]) {
      await using run = await runAction(
        { store: scene.store, ...inputs, run: `ls -l /proc/$$/fd > ${dump}; echo done >> ${dump}` },
        { cwd: scene.path, token: PLANTED.token, env: RUNNER },
      );
      expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
      const lines = readFileSync(dump, 'utf8').split('\n');
      expect(lines.at(-2)).toBe('done');
      const open = lines.flatMap((line) => {
        const [, fd = '', target = ''] = / (\d+) -> (.*)$/.exec(line) ?? [];
        return fd === '' || inherited.has(target) ? [] : [fd];
      });
      expect(open.filter((fd) => !['0', '1', '2', '255'].includes(fd))).toEqual([]);
    }
  });

  it.each([
    ['once', { key: 'k' }],
    ['tick', { runner: 'r', 'spend-cap': '1', estimate: '0.5' }],
  ])(
    'of `%s` can still read what its parent was started with: one job is one trust domain',
    async (mode, inputs) => {
      // Not a promise but its limit. What must not be read by a step's command does not belong into its job.
      const dump = join(scene.path, 'dump');
      const climb = `p=$$; found=; while [ -z "$found" ] && [ "\${p:-1}" -gt 1 ]; do
      if tr "\\0" " " < /proc/$p/cmdline | grep -qF "${DIST}"; then found=1; echo "its parent" >> ${dump}; cat /proc/$p/environ >> ${dump}; fi
      p=$(awk '/^PPid/{print $2}' /proc/$p/status); done; echo done >> ${dump}`;
      await using run = await runAction(
        { mode, store: scene.store, ...inputs, run: climb },
        { cwd: scene.path, token: PLANTED.token, env: RUNNER },
      );
      expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
      const text = readFileSync(dump, 'latin1');
      expect(text).toMatch(/done\n$/);
      const seesParent = text.startsWith('its parent\n');
      expect(foundIn(text, PLANTED)).toEqual(seesParent ? ['token', 'key', 'runtime', 'idToken'] : []);
      // Only what is ended with all that it started may have process numbers of its own, where its parent has none.
      if (mode === 'once') expect(seesParent).toBe(true);
    },
  );
});

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // The one by which the folder was listed.
  }
};

describe.concurrent('every mode, with planted secrets', () => {
  it.for([
    ['git', gitLedger],
    ['Redis', redisLedger],
  ] as const)(
    'prints, writes, passes on and sends none of them where it does not belong, with a ledger in %s',
    async ([engine, open], ctx) => {
      if (engine === 'Redis' && !hasRedisServer()) ctx.skip('this machine lacks redis-server');
      await using ledger = await open();
      const swept = await sweep(ledger);
      expect(swept.ran.filter(({ found }) => found.length > 0)).toEqual([]);
      // A run whose input is not understood would prove nothing.
      expect(swept.ran.filter(({ code }) => code === 2)).toEqual([]);
      expect(new Set(swept.ran.map(({ mode }) => mode))).toEqual(new Set(Object.keys(MODES)));
      // The config names a secret, and holds none.
      expect(foundIn(swept.files, PLANTED)).toEqual([]);
      const kept = await ledger.everything();
      expect(kept).toContain('tick-ended');
      expect(foundIn(kept, PLANTED)).toEqual([]);
      expect(swept.children.arguments.size).toBeGreaterThan(5);
      expect(foundIn([...swept.children.arguments].join('\n'), PLANTED)).toEqual([]);
      if (swept.rendered) expect([...swept.children.arguments].join('\n')).toContain('--headless');
      // PROBE is the user's own variable; a child of theirs has it.
      const seen = foundIn([...swept.children.environments].join('\n'), PLANTED);
      expect(seen.filter((name) => name !== 'header')).toEqual([]);
      expect(foundIn(swept.bodies, PLANTED)).toEqual([]);
      expect(foundIn(swept.elsewhere, PLANTED)).toEqual([]);
      expect(foundIn(swept.heads, PLANTED)).toEqual(['header']);
    },
  );
});

// Not at the same time: a step of the built program is a child too, and has what the workflow gave it.
describe('a step with its post step', () => {
  it.for([
    ['git', gitLedger],
    ['Redis', redisLedger],
  ] as const)(
    'prints, publishes and keeps none of them, with a ledger in %s',
    async ([engine, open], ctx) => {
      expect(Object.keys(OWN_MODES)).toEqual(['settle']);
      if (engine === 'Redis' && !hasRedisServer()) ctx.skip('this machine lacks redis-server');
      await using ledger = await open();
      await using hub = await serveGitHub();
      const token = hub.token({ checks: 'write', contents: 'write' });
      const planted = { ...PLANTED, token, runtime: hub.environment().ACTIONS_RUNTIME_TOKEN ?? '' };
      const inputs = {
        ...{ mode: 'claim', action: 'invite', recipient: PLANTED.recipient, store: ledger.store },
        ...{ artifact: 'true', 'check-run': 'true' },
      };
      const options = { token, env: { ...hub.environment(), SHIP_PROOF_KEY_SECRET: PLANTED.key } };
      await using step = await runAction(inputs, options);
      expect([step.stdout, step.code]).toEqual([step.stdout, 0]);
      await using post = await runAction(inputs, { ...options, state: step.state });
      expect(post.annotations.map(({ message }) => message).join()).toContain('in doubt');
      for (const run of [step, post]) {
        // What tells the runner what to mask has to say it.
        const log = run.stdout.replace(/^::add-mask::.*$/gm, '');
        const { stderr, outputs, state, environment, summary, annotations } = run;
        const said = JSON.stringify({ stderr, outputs, state, environment, summary, annotations });
        expect(foundIn(log + said, planted)).toEqual([]);
      }
      const [artifact] = hub.results.artifacts;
      const files = [...unzip(artifact?.bytes ?? Buffer.alloc(0))].map(
        ([name, bytes]) => `${name}\n${bytes}`,
      );
      expect(files.length).toBeGreaterThan(3);
      const published = JSON.stringify([
        hub.api.checkRuns,
        hub.api.requests.map(({ path, body }) => [path, body]),
      ]);
      expect(published).toContain('ship-proof / claim');
      expect(foundIn(files.join('\n') + published, planted)).toEqual([]);
      expect(foundIn(await ledger.everything(), planted)).toEqual([]);
    },
  );
});
