import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../src/version.ts';
import { runCli } from './e2e/run-dist.ts';
import { writeScript } from './targets/probe.ts';

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const MAIN = new URL('../src/main.ts', import.meta.url).href;

describe('main', () => {
  it.each([
    [['--version'], `${VERSION}\n`],
    [['--help'], 'Usage: ship-proof <mode>'],
    [['help'], 'Usage: ship-proof <mode>'],
    [['stamp', '--help'], 'ship-proof stamp: '],
    [['stamp', '--dir', 'x', '-h'], 'ship-proof stamp: '],
    [['constructor', '--help'], 'Usage: ship-proof <mode>'],
  ])('%j prints a page and does nothing', async (args, text) => {
    const run = await runCli(args, { entry });
    expect(run).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(text) });
  });

  it('ends with the exit code that was proved', async () => {
    const run = await runCli(['stamp', '--dir', 'missing'], { entry });
    expect(run).toMatchObject({ code: 2, stderr: '' });
    expect(run.events.at(-1)?.fields).toMatchObject({ outcome: 'invalid', exit: '2' });
  });

  it('prints the proof alone on stdout with --json, also of an error', async () => {
    const run = await runCli(['stampp', '--json'], { entry });
    expect(run.code).toBe(2);
    expect(JSON.parse(run.stdout)).toMatchObject({ mode: 'unknown', outcome: 'invalid' });
    expect(run.stderr).toMatch(/^unknown check=error:mode-unknown .*\nunknown outcome=invalid .*\n$/);
  });

  it.each(['throw error', 'Promise.reject(error)'])(
    'could not check what nobody caught: %s',
    async (crash) => {
      await using script = await writeScript(`
      import { main } from ${JSON.stringify(MAIN)};
      const error = Object.assign(new TypeError('hunter22\\n::error::x\\n    at ##[error]y'), { code: 'E_X' });
      setTimeout(() => { ${crash}; }, 300);
      await main(process);`);
      const run = await runCli(['demo', '--broken', 'stale'], { entry: script.file });
      expect(run.code).toBe(3);
      expect(run.stderr).toMatch(/^ship-proof error=internal name=TypeError code=E_X\nship-proof at=/);
      expect(run.stderr).not.toMatch(/hunter22|^::|##\[/m);
    },
  );

  it('could not check what stands still', async () => {
    await using script = await writeScript(`
      import { main } from ${JSON.stringify(MAIN)};
      // The run waits for an answer that will never come, and nothing else keeps the process alive.
      process.stdout.write = () => true;
      await main(process);`);
    const run = await runCli(['stamp', '--dir', '.', '--build-id', 'build-1'], { entry: script.file });
    expect(run).toMatchObject({ code: 3, stderr: expect.stringContaining('error=internal') });
  });
});
