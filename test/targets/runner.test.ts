import { describe, expect, it } from 'vitest';
import { parseLogfmt, runAction, runCli, startCli } from '../e2e/run-dist.ts';
import { parseEvents } from './logfmt.ts';
import { writeScript } from './probe.ts';
import { requireOrSkip } from './requirements.ts';
import { parseRunnerCommands } from './runner-commands.ts';
import { inputVariables } from './runner-environment.ts';
import { parseFileCommands } from './runner-files.ts';

const names = (output: string): string[] => parseRunnerCommands(output).map(({ command }) => command);

describe('parseRunnerCommands', () => {
  it('reads the newer form at the start of a line only', () => {
    expect(
      parseRunnerCommands('ok\n  ::error file=a%2Cb.ts,line=1,,x==y::50%25 %0Adone\nsay ::error::x'),
    ).toEqual([
      {
        command: 'error',
        properties: { file: 'a,b.ts', line: '1', x: 'y' },
        message: '50% \ndone',
        syntax: 'v2',
        line: 2,
      },
    ]);
    expect(names('\u2028\u00a0::warning::x')).toEqual(['warning']);
    expect(names('::Error::x\n::unknown::x\n::error\n::error ::')).toEqual(['Error', 'error']);
    expect(names('::error:\u00ad:x')).toEqual(['error']);
    expect(parseRunnerCommands('::debug::%250A')[0]?.message).toBe('%0A');
  });

  it('reads the older form anywhere in a line, the first one of it', () => {
    expect(parseRunnerCommands('see ##[set-output name=a%5D;b=]v%5Dw')).toEqual([
      { command: 'set-output', properties: { name: 'a]' }, message: 'v]w', syntax: 'v1', line: 1 },
    ]);
    expect(names('##[no] ##[error]x')).toEqual([]);
    expect(names('##[[error]x')).toEqual([]);
    expect(names('::no::##[error]x')).toEqual(['error']);
  });

  it('ends lines at a lone carriage return, as .NET does', () => {
    expect(names('progress\r::error::x\r\n##[debug]y')).toEqual(['error', 'debug']);
  });

  it('hears nothing between stop-commands and its token', () => {
    const output = '::stop-commands::tok-1\n::error::a\n##[error]b\n::tok-2::\n::TOK-1::\n::error::c';
    expect(names(output)).toEqual(['stop-commands', 'resume', 'error']);
    expect(names('::stop-commands::error\n::error::still heard')).toEqual(['stop-commands', 'error']);
  });
});

describe('parseFileCommands', () => {
  it('reads single lines and blocks, and refuses what the runner refuses', () => {
    expect(parseFileCommands('a=1=2\n\nb<<E O\nx\n\ny=z\nE O\nc<<E\nE\nd=<<\n')).toEqual({
      ...{ a: '1=2', b: 'x\n\ny=z' },
      ...{ c: '', d: '<<' },
    });
    expect(() => parseFileCommands('a<<E\nx\n')).toThrow('without an end');
    expect(() => parseFileCommands('junk\n')).toThrow('without a value');
  });
});

describe('parseLogfmt', () => {
  it('reads bare and quoted values', () => {
    expect(parseLogfmt('verify-live poll=3 etag="W/\\"a b\\"" served=build-1 x="" left=71s')).toEqual({
      mode: 'verify-live',
      fields: { poll: '3', etag: 'W/"a b"', served: 'build-1', x: '', left: '71s' },
    });
  });

  it('refuses everything that is nearly right', () => {
    for (const line of [
      'a',
      'a ',
      'A b=1',
      'a b',
      'a b=',
      'a b=1  c=2',
      'a b=1 ',
      'a b=1 b=2',
      'a b="x',
      'a b="x"y',
      'a b=x"y',
    ])
      expect(() => parseLogfmt(line), line).toThrow('not an event');
    for (const line of ['a b="\\x"', 'a b="\t"']) expect(() => parseLogfmt(line), line).toThrow();
    expect(parseEvents('a b=1\nDEPLOYED build-1\n')).toEqual([{ mode: 'a', fields: { b: '1' } }]);
  });
});

describe('run-dist', () => {
  it('runs a program with closed input and nothing of our environment', async () => {
    process.env.SHIP_PROOF_LEAK = 'yes';
    await using entry = await writeScript(`
      import { readFileSync } from 'node:fs';
      const kept = Object.keys(process.env).filter((name) => !/^(__|PATHEXT|SystemRoot|ComSpec|USERPROFILE|TE?MP$)/i.test(name));
      console.log('run names=' + kept.sort().join(',') + ' stdin=' + readFileSync(0).length + ' args=' + process.argv.slice(2));
      console.error('aside');
      process.exit(3);`);
    const run = await runCli(['a', '--b'], { entry: entry.file, env: { X: '1' } });
    delete process.env.SHIP_PROOF_LEAK;
    expect(run).toMatchObject({ code: 3, signal: null, timedOut: false, stderr: 'aside\n' });
    expect(run.events).toEqual([
      { mode: 'run', fields: { names: 'HOME,PATH,TMPDIR,X', stdin: '0', args: 'a,--b' } },
    ]);
    expect(run.ms).toBeGreaterThan(0);
  });

  it('kills what takes too long, and lets a test signal what it started', async () => {
    await using entry = await writeScript(
      `process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000);`,
    );
    expect(await runCli([], { entry: entry.file, timeoutMs: 300 })).toMatchObject({
      code: null,
      signal: 'SIGKILL',
      timedOut: true,
    });
    const started = await startCli([], { entry: entry.file });
    await new Promise((resolve) => started.child.stdout?.once('data', resolve));
    started.child.kill('SIGTERM');
    expect(await started.done).toMatchObject({ code: 9, stdout: 'up\n' });
  });

  it('runs a program as a step of the runner', async () => {
    await using entry = await writeScript(`
      import { appendFileSync } from 'node:fs';
      const { env } = process;
      appendFileSync(env.GITHUB_OUTPUT, 'live<<E\\n' + env['INPUT_BUILD-ID'] + '\\nE\\n');
      appendFileSync(env.GITHUB_STEP_SUMMARY, '# ok');
      appendFileSync(env.GITHUB_STATE, 'was=' + env.STATE_before + '\\n');
      appendFileSync(env.GITHUB_ENV, 'A=b\\n');
      appendFileSync(env.GITHUB_PATH, '/bin/x\\n');
      console.log('::error file=a.ts::no\\n::add-mask::s');
      console.error('##[warning]hm ' + env.GITHUB_EVENT_NAME);`);
    const options = { entry: entry.file, state: { before: 'yes' }, eventName: 'schedule', event: { a: 1 } };
    await using run = await runAction({ 'build-id': 'build-1' }, options);
    expect(run).toMatchObject({
      code: 0,
      outputs: { live: 'build-1' },
      state: { was: 'yes' },
      summary: '# ok',
    });
    expect(run).toMatchObject({ environment: { A: 'b' }, paths: ['/bin/x'] });
    expect(run.annotations.map(({ command, message }) => [command, message])).toEqual([
      ['error', 'no'],
      ['warning', 'hm schedule'],
    ]);
    expect(run.commands).toHaveLength(3);
    expect(inputVariables({ 'build id': '1', 'max-polls': '2' })).toEqual({
      INPUT_BUILD_ID: '1',
      'INPUT_MAX-POLLS': '2',
    });
  });
});

describe('requireOrSkip', () => {
  it('gives a reason to skip, and in CI refuses to', () => {
    const before = process.env.CI;
    try {
      delete process.env.CI;
      expect(requireOrSkip(['node'], { air: true })).toBeUndefined();
      expect(requireOrSkip(['node', 'no-such-program'], { air: false })).toBe(
        'this machine lacks no-such-program, air',
      );
      process.env.CI = 'true';
      if (process.platform === 'linux')
        expect(() => requireOrSkip(['no-such-program'])).toThrow('nothing may be skipped');
    } finally {
      if (before === undefined) delete process.env.CI;
      else process.env.CI = before;
    }
  });
});
