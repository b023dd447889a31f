import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadAllModes } from '../../src/modes/registry.ts';
import { bareRepository } from '../ledger/fixtures.ts';
import { inPairs, sample } from '../once/crash.ts';
import { figure } from '../targets/figures.ts';
import { pathOf } from '../targets/requirements.ts';
import { DIST } from './run-dist.ts';

const ALL = process.env.SHIP_PROOF_RELIABILITY === '1';
const modes = await loadAllModes();

/** How a process's terminal and environment may be. */
const STDINS = ['closed', 'open and silent', 'a terminal'] as const;
const CIS = [undefined, 'true'] as const;

const folder = mkdtempSync(join(tmpdir(), 'ship-proof-test-'));
beforeAll(() => void bareRepository(join(folder, 'store.git')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  /** All that it wrote to where a person would read it. */
  readonly text: string;
}

/** Runs the program to its end; a terminal is one that `script` makes. */
function run(
  args: readonly string[],
  stdin: (typeof STDINS)[number],
  ci: string | undefined,
): Promise<Ended> {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    TMPDIR: folder,
    TERM: 'xterm-256color',
    FORCE_COLOR: '3',
    ...(ci === undefined ? {} : { CI: ci }),
  };
  const own = [DIST, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
  const [file, all] =
    stdin === 'a terminal'
      ? [pathOf('script'), ['-qefc', `exec '${process.execPath}' ${own}`, '/dev/null']]
      : [process.execPath, [DIST, ...args]];
  const child = spawn(file, all, { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  if (stdin === 'closed') child.stdin.end();
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A process that waits for an answer would wait for ever.
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    child.once('error', failed);
    child.once('close', (code) => {
      clearTimeout(timer);
      const text = Buffer.concat(chunks).toString();
      // A terminal itself ends each line with a carriage return.
      done({ code, text: stdin === 'a terminal' ? text.replaceAll('\r\n', '\n') : text });
    });
  });
}

/** Inputs with which a mode gets as far as it can alone: nothing that it would look at is there. */
const GIVEN: Readonly<Record<string, readonly string[]>> = {
  'verify-live': [
    '--url',
    'http://127.0.0.1:1/',
    '--build-id',
    'b-1',
    '--within',
    '1s',
    '--confirmations',
    '1',
  ],
  smoke: ['--page', 'http://127.0.0.1:1/', '--allow-private', '--within', '1s'],
  once: ['--key', 'k-1', '--run', 'printf "\\033[31mred\\r\\n"; read answer || true'],
  claim: ['--key', 'k-2'],
  record: ['--key', 'k-3'],
  release: ['--key', 'k-3'],
  phase: [
    '--phase',
    'build',
    '--build-id',
    'build-1795000000-abcdef0',
    '--run',
    'printf "\\033[31mred\\rx\\n"; read answer || true',
  ],
  rollback: ['--run', 'true'],
  kill: ['--namespace', 'killed'],
  rearm: ['--namespace', 'killed'],
};

const takesStore = (mode: (typeof modes)[number]): boolean => Object.hasOwn(mode.input.shape, 'store');
const argsOf = (mode: (typeof modes)[number]): string[] => [
  mode.name,
  ...(GIVEN[mode.name] ?? []),
  ...(takesStore(mode) ? ['--store', `git+file:${join(folder, 'store.git')}`] : []),
];

const cells = modes.flatMap((mode) =>
  // What every mode does without an input that it needs, too; the demo needs none, and shows itself elsewhere.
  (mode.name === 'demo' ? [['demo', '--nonsense']] : [argsOf(mode)]).flatMap((args) =>
    STDINS.flatMap((stdin) => CIS.map((ci) => ({ args, stdin, ci }))),
  ),
);

describe('no mode', { timeout: 600_000 }, () => {
  it('waits for an answer, colours, or moves the cursor, whatever it is started from', async () => {
    const wrong: string[] = [];
    const chosen = ALL ? cells : sample(cells, 14);
    await inPairs(chosen, async ({ args, stdin, ci }) => {
      const { code, text } = await run(args, stdin, ci);
      const where = `${args.join(' ')}, stdin ${stdin}, CI ${ci}`;
      if (code === null || ![0, 1, 2, 3, 4].includes(code)) wrong.push(`${where}: exit ${code}`);
      const at = text.search(/[\u001b\r\u0008]/);
      if (at >= 0) wrong.push(`${where}: ${JSON.stringify(text.slice(Math.max(0, at - 40), at + 20))}`);
    });
    expect(wrong).toEqual([]);
    const detail = `of ${cells.length}: ${modes.length} modes, stdin ${STDINS.join(', ')}, CI or not`;
    figure('input', 'nothing asks, colours or moves the cursor', chosen.length, 'runs', detail);
  });
});

describe('what is destructive', { timeout: 600_000 }, () => {
  const destructive = modes.filter(({ input }) => Object.hasOwn(input.shape, 'confirm-destructive'));

  it('is known', () => {
    expect(destructive.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['rollback', 'rearm', 'release']),
    );
  });

  it.each(destructive.map((mode) => [mode.name, mode] as const))(
    'is refused without the flag: %s',
    async (_, mode) => {
      const { code } = await run(argsOf(mode), 'closed', undefined);
      expect(code).toBe(4);
    },
  );
});
