import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The runner empties its temporary folder before each job, so a file in it is what one step of a job can tell the later
 * ones: that a command of the user's ran here, which may have done anything to this machine.
 */
const markOf = ({ RUNNER_TEMP: folder }: Environment): string | undefined =>
  folder ? join(folder, 'ship-proof-commands-ran') : undefined;

/** Before the command starts: afterwards it may be too late. */
export function markCommand(env: Environment): void {
  const mark = markOf(env);
  if (mark !== undefined) writeFileSync(mark, '');
}

export function commandsRan(env: Environment): boolean {
  const mark = markOf(env);
  return mark !== undefined && existsSync(mark);
}
