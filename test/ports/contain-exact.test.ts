import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { type CommandEnd, createRunCommand } from '../../src/ports/command.ts';
import type { Containment } from '../../src/ports/contain/containment.ts';
import { temporaryFolder } from '../ledger/fixtures.ts';
import { COMPLETE, permits, USERS } from '../targets/contained-run.ts';
import { requireOrSkip } from '../targets/requirements.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const [self] = USERS;
const complete = COMPLETE.filter(([user]) => user === self).map(([, containment]) => containment);
const WAYS: readonly Containment[] = [...complete, 'process-group'];

function needs(ctx: TestContext): void {
  const missing = requireOrSkip(['setpriv', 'unshare', 'setsid', 'perl'], {
    namespaces: permits.namespaces(self),
  });
  if (missing) ctx.skip(missing);
}

const PATH = process.env.PATH ?? '';

async function run(
  containment: Containment,
  argv: readonly string[],
  env: Record<string, string> = { PATH },
): Promise<CommandEnd & { readonly out: string; readonly err: string }> {
  const lines = { out: [] as string[], err: [] as string[] };
  const end = await createRunCommand([containment])(
    { argv },
    {
      cwd: folder.path,
      env,
      onLine: (stream, line) => lines[stream].push(line),
      signal: new AbortController().signal,
      graceMs: 1_000,
      leavesNothing: true,
    },
  );
  return { ...end, out: lines.out.join('\n'), err: lines.err.join('\n') };
}

/** What the command sees when nothing stands between it and us. */
const plainly = (argv: readonly string[], env: Record<string, string>): string =>
  spawnSync(argv[0] ?? '', argv.slice(1), { cwd: folder.path, env, stdio: ['ignore', 'pipe', 'pipe'] })
    .stdout.toString()
    .trimEnd();

/** Written by `env -0`; the mark of a plain process group is the one thing that is added. */
const variables = (text: string): string[] =>
  text
    .split('\0')
    .filter((pair) => pair.trim() !== '' && !pair.startsWith('SHIP_PROOF_MARK='))
    .sort();

const ENVIRONMENTS: Readonly<Record<string, Record<string, string>>> = {
  'plain names': { PATH, A: 'one\ntwo', EMPTY: '', LC_ALL: 'xx_YY', SPACE: ' a  b ' },
  'what shells set themselves': { PATH, PWD: '/elsewhere', OLDPWD: '/nowhere', SHLVL: '7', _: 'x' },
  'what shells read or drop': {
    PATH,
    IFS: 'x',
    OPTIND: 'y',
    'npm_config_//host/:_authToken': 'token',
    'BASH_FUNC_f%%': '() { echo f\n}',
    ünï: 'ö',
  },
  'what Perl reads': { PATH, PERL5OPT: '-MNo::Such', PERL5LIB: '/no', PERL_BADLANG: '1', PERL_MB_OPT: 'x' },
  'what Node reads': { PATH, NODE_OPTIONS: '--no-such-option', 'x-y': 'z' },
};

describe.for(WAYS)('a command in a %s', (containment) => {
  it.for(Object.keys(ENVIRONMENTS))('has its environment and nothing more: %s', async (name, ctx) => {
    needs(ctx);
    const env = ENVIRONMENTS[name] ?? {};
    const seen = await run(containment, ['env', '-0'], env);
    expect(seen).toMatchObject({ code: 0, err: '', containment });
    expect(variables(seen.out)).toEqual(variables(plainly(['env', '-0'], env)));
  });

  it('has our user, groups, folder, umask and signals, no input, and no descriptor of ours', async (ctx) => {
    needs(ctx);
    const script = [
      'id; pwd; umask; wc -c',
      "grep -E '^Sig(Ign|Blk)|^NoNewPrivs' /proc/self/status",
      'for fd in 3 4 5 6 7 8 9; do if [ -e /proc/$$/fd/$fd ]; then echo "open $fd"; fi; done',
      'stat -c "%u %g" . made',
    ].join('\n');
    const argv = ['sh', '-c', `touch made\n${script}`];
    const seen = await run(containment, argv);
    expect(seen).toMatchObject({ code: 0, err: '' });
    expect(seen.out).toBe(plainly(argv, { PATH }));
    expect(seen.out).not.toContain('open');
  });

  it('leads a session and a group of its own, so that what it sends to its group reaches nobody else', async (ctx) => {
    needs(ctx);
    const script =
      'trap "echo heard" USR1; kill -s USR1 0; set -- $(cat /proc/$$/stat); [ $$ = $5 ] && [ $$ = $6 ]';
    expect(await run(containment, ['sh', '-c', script])).toMatchObject({ code: 0, out: 'heard' });
  });

  it('ends with its own exit code, or with 128 and the number of the signal, and nobody comments on it', async (ctx) => {
    needs(ctx);
    for (const [script, code] of [
      ['exit 0', 0],
      ['exit 44', 44],
      ['exit 127', 127],
      ['kill -s KILL $$', 137],
      ['kill -s TERM $$', 143],
      ['kill -s INT $$', 130],
      ['kill -s PIPE $$', 141],
    ] as const) {
      const seen = await run(containment, ['sh', '-c', script]);
      expect(seen).toEqual({ code, stopped: false, containment, out: '', err: '' });
    }
  });

  it('is told apart from one that could not be started', async (ctx) => {
    needs(ctx);
    const write = (name: string, text: string) => {
      writeFileSync(join(folder.path, name), text);
      chmodSync(join(folder.path, name), 0o755);
    };
    write('orphan', '#!/no/such/interpreter\n');
    write('no-first-line', 'echo fine');
    write('a=b', '#!/bin/sh\necho odd');
    write('-x', '#!/bin/sh\necho odd');
    const ends = { PATH: `${PATH}:.` };
    for (const [name, why] of [
      ['no-such-program', 'ENOENT'],
      ['./orphan', 'ENOENT'],
      ['/', 'EACCES'],
      ['/dev/null/x', 'ENOTDIR'],
    ] as const) {
      const seen = await run(containment, [name], { PATH: '/usr/bin:/bin' });
      expect(seen).toEqual({ code: 127, stopped: false, notStarted: why, out: '', err: '' });
    }
    for (const [name, said] of [
      ['./no-first-line', 'fine'],
      ['a=b', 'odd'],
      ['-x', 'odd'],
    ] as const)
      expect(await run(containment, [name], ends)).toMatchObject({ code: 0, out: said });
  });
});
