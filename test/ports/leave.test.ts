import { expect, it } from 'vitest';
import { runCli } from '../e2e/run-dist.ts';
import { writeScript } from '../targets/probe.ts';

const LEAVE = new URL('../../src/ports/leave.ts', import.meta.url).href;

/** Runs a process that begins some work, waits for a line of its own to be out, and leaves. */
async function leaving(work: string) {
  await using script = await writeScript(`
    import { execFileSync } from 'node:child_process';
    import { readFile } from 'node:fs/promises';
    import { leave } from ${JSON.stringify(LEAVE)};
    ${work}
    process.stdout.write('said\\n', () => leave(process, 4));
  `);
  return await runCli([], { entry: script.file });
}

it.each([
  ['nothing', ''],
  ['a timer', 'setInterval(() => {}, 1000);'],
  [
    'a file that never opens',
    "const pipe = import.meta.filename + '.pipe'; execFileSync('mkfifo', [pipe]); void readFile(pipe);",
  ],
])('ends the process at once, with its code, whatever is under way: %s', async (_, work) => {
  expect(await leaving(work)).toMatchObject({ code: 4, timedOut: false, stdout: 'said\n', stderr: '' });
});
