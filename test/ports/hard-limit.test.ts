import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../e2e/run-dist.ts';
import { writeScript } from '../targets/probe.ts';

const HARD_LIMIT = new URL('../../src/ports/hard-limit.ts', import.meta.url).href;
const LIMIT_MS = 400;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ship-proof-limit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs a process under a hard limit whose main thread then does `work`. */
async function under(limitMs: number | undefined, work: string) {
  const path = (name: string) => JSON.stringify(join(folder, name));
  await using entry = await writeScript(`
    import { writeFileSync } from 'node:fs';
    import { startHardLimit } from ${JSON.stringify(HARD_LIMIT)};
    const controller = new AbortController();
    const { signal } = controller;
    writeFileSync(${path('output')}, 'before=1\\n');
    const limit = startHardLimit(${limitMs}, controller, () => ({
      texts: [{ fd: 1, text: 'probe outcome=inconclusive\\n' }, { fd: 2, text: 'aside\\n' }],
      files: [
        { path: ${path('missing/proof.json')}, content: 'x', append: false },
        { path: ${path('proof.json')}, content: '{}', append: false },
        { path: ${path('output')}, content: 'proof-outcome=inconclusive\\n', append: true },
      ],
    }));
    ${work}
    limit[Symbol.dispose]();
  `);
  return await runCli([], { entry: entry.file });
}

const file = (name: string) => readFile(join(folder, name), 'utf8');

describe('startHardLimit', () => {
  it.each([
    ['a loop', 'for (;;);'],
    ['a loop of promises', 'for (;;) await undefined;'],
    ['a regular expression', "/^(a+)+$/.test('a'.repeat(60) + 'b');"],
    ['a loop that catches everything', 'for (;;) try { for (;;); } catch {} finally { continue; }'],
    ['a system call', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);'],
    ['a signal that nobody heeds', 'await new Promise(() => setInterval(() => {}, 1000));'],
    [
      'a file that never opens',
      "const pipe = import.meta.filename + '.pipe'; (await import('node:child_process')).execFileSync('mkfifo', [pipe]); await (await import('node:fs/promises')).readFile(pipe);",
    ],
    ['an exit handler', "process.on('exit', () => { for (;;); }); for (;;);"],
  ])('ends a process that is stuck in %s, with the last words said', async (_, work) => {
    const run = await under(LIMIT_MS, work);
    expect(run).toMatchObject({
      code: 3,
      timedOut: false,
      stdout: 'probe outcome=inconclusive\n',
      stderr: 'aside\n',
    });
    expect(run.ms).toBeGreaterThan(LIMIT_MS);
    expect(await file('proof.json')).toBe('{}');
    expect(await file('output')).toBe('before=1\nproof-outcome=inconclusive\n');
  });

  it('writes the last words in place of a link that stands there, and not through it', async () => {
    await writeFile(join(folder, 'precious'), 'mine');
    await symlink(join(folder, 'precious'), join(folder, 'proof.json'));
    await under(LIMIT_MS, 'for (;;);');
    expect([await file('precious'), await file('proof.json')]).toEqual(['mine', '{}']);
  });

  it('kills it where no script of ours can end it, the last words said all the same', async () => {
    // A child that lasts as long as its parent does.
    const lasting = 'while kill -0 $PPID; do sleep 0.1; done';
    const run = await under(
      LIMIT_MS,
      `process.getBuiltinModule('node:child_process').execFileSync('sh', ['-c', '${lasting}'], { stdio: 'ignore' });`,
    );
    expect(run).toMatchObject({
      code: null,
      signal: 'SIGKILL',
      stdout: 'probe outcome=inconclusive\n',
      stderr: 'aside\n',
    });
    expect(await file('proof.json')).toBe('{}');
  });

  // What else the machine does at that moment may take its share of the second.
  it('ends it within a second of its limit', { retry: 3 }, async () => {
    const start = (await under(60_000, '')).ms;
    expect((await under(LIMIT_MS, 'for (;;);')).ms - start).toBeLessThan(LIMIT_MS + 1000);
  });

  it('first asks the run to end, with a reason', async () => {
    const run = await under(
      LIMIT_MS,
      "await new Promise((done) => signal.addEventListener('abort', done)); console.log(signal.reason.code, signal.reason.outcome);",
    );
    expect(run).toMatchObject({ code: 0, stdout: 'timeout inconclusive\n', stderr: '' });
  });

  it('keeps a run that waits for nothing alive until its limit', async () => {
    const run = await under(
      LIMIT_MS,
      "signal.addEventListener('abort', () => process.exit(3)); await new Promise(() => {});",
    );
    expect(run).toMatchObject({ code: 3, stderr: '' });
  });

  it.each([60_000, undefined])('leaves a run that ends in time alone (limit %s)', async (limitMs) => {
    const run = await under(limitMs, "console.log('done');");
    expect(run).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
    expect(run.ms).toBeLessThan(20_000);
    expect(await file('output')).toBe('before=1\n');
  });
});
