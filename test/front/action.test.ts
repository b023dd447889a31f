import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ActionOptions, runAction } from '../e2e/run-dist.ts';

// The sources as they are, so that this front is proved before anything is built.
const entry = fileURLToPath(new URL('../../src/index.ts', import.meta.url));

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ship-proof-front-'));
  await mkdir(join(cwd, 'dist'));
  await writeFile(join(cwd, 'dist/index.html'), '<html><head></head></html>');
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const action = (inputs: Readonly<Record<string, string>>, options: ActionOptions = {}) =>
  runAction(inputs, { entry, cwd, ...options });

describe('the front of the action', () => {
  it('writes outputs, proof and summary by file, and no command on stdout', async () => {
    await using run = await action({ mode: 'stamp', 'build-id': 'build-1' });
    expect(run).toMatchObject({ code: 0, stderr: '', commands: [] });
    expect(run.outputs).toMatchObject({
      'proof-outcome': 'passed',
      'build-id': 'build-1',
      files: 'index.html\nbuild-id.txt',
    });
    expect(run.outputs.proof?.startsWith(run.runnerTemp)).toBe(true);
    const proof = JSON.parse(await readFile(run.outputs.proof ?? '', 'utf8'));
    expect(proof).toMatchObject({
      mode: 'stamp',
      outcome: 'passed',
      run: { repository: 'octo-org/octo-repo' },
    });
    expect(run.summary).toContain('### ship-proof stamp: passed');
  });

  it('takes an empty input for one that was not given', async () => {
    await using run = await action({ mode: 'stamp', 'build-id': 'build-1', dir: ' ', url: '', within: '' });
    expect(run.code).toBe(0);
  });

  it('shows what is wrong as annotations, at the line of the config where there is one', async () => {
    await writeFile(join(cwd, 'ship-proof.yml'), 'stamp:\n  fil: x\n');
    await using run = await action({ mode: 'stamp', dirr: 'x,y:z' });
    expect(run.code).toBe(2);
    expect(
      run.annotations.map(({ command, properties, message }) => [
        command,
        properties.file,
        properties.line,
        message.split('\n')[1],
      ]),
    ).toEqual([
      [
        'error',
        'ship-proof.yml',
        '2',
        'observed: `stamp` has no input `fil` (did you mean `file`?) (from ship-proof.yml:2)',
      ],
      [
        'error',
        undefined,
        undefined,
        'observed: `stamp` has no input `dirr` (did you mean `dir`?) (from with: dirr)',
      ],
    ]);
    expect(run.commands).toHaveLength(2);
    expect(run.outputs).toMatchObject({ 'proof-outcome': 'invalid', proof: '' });
  });

  it('lets no input become a command', async () => {
    await using run = await action({
      mode: 'stamp',
      'build-id': '##[error]x\n::set-output name=build-id::build-9',
      '::error::x': '::error::y',
    });
    expect(run.code).toBe(2);
    expect(run.commands.map(({ command }) => command)).toEqual(run.commands.map(() => 'error'));
    expect(run.outputs['build-id']).toBeUndefined();
  });

  it('tells the runner of a secret before anything else', async () => {
    await writeFile(
      join(cwd, 'ship-proof.yml'),
      'stamp:\n  placeholder: $' + '{secret:MARK}\n  build-id: $' + '{secret:MARK}\n',
    );
    await using run = await action({ mode: 'stamp' }, { env: { MARK: 'hunter22 and more' } });
    expect(run.commands[0]).toMatchObject({ command: 'add-mask', message: 'hunter22 and more' });
    const others = run.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    expect(`${others.join('\n')}${run.summary}${JSON.stringify(run.outputs)}`).not.toContain('hunter22');
  });
});
