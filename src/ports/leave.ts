import { existsSync } from 'node:fs';

const SHELL = '/bin/sh';

/** Work of Node's helper threads: a name that is resolved, a file that is opened or read. */
const IN_A_THREAD = /^(GetAddrInfo|GetNameInfo|FSReq)/;

/**
 * Ends the process. Node would wait for its helper threads, and a resolver that gives no answer, or a pipe that nobody writes to,
 * holds one for as long as it likes: then a shell takes the process's place, which leaves all threads behind, and says the code.
 */
export function leave(source: NodeJS.Process, code: number): void {
  const isHeld = source.getActiveResourcesInfo().some((name) => IN_A_THREAD.test(name));
  if (isHeld && source.execve && existsSync(SHELL)) source.execve(SHELL, ['sh', '-c', `exit ${code}`], {});
  source.exit(code);
}
