/**
 * Runs a command as the program does, from a process of its own that can be killed:
 *
 *     node contained.ts <containments> <leaves-nothing|may-leave> <graceMs> <script>
 *
 * The first SIGTERM stops the command. Prints what the command prints, and last how it ended, as JSON.
 */
import { createRunCommand } from '../../src/ports/command.ts';
import type { Containment } from '../../src/ports/contain/containment.ts';

const [allowed = '', leaves = '', graceMs = '', script = ''] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const end = await createRunCommand(allowed.split(',') as Containment[])(
  { script },
  {
    cwd: process.cwd(),
    env: { PATH: process.env.PATH ?? '' },
    onLine: (_, line) => console.log(line),
    signal: stop.signal,
    graceMs: Number(graceMs),
    leavesNothing: leaves === 'leaves-nothing',
  },
);
console.log(JSON.stringify(end));
