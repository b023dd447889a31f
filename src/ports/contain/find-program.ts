import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

/** Where the system looks when there is no PATH. */
const DEFAULT_PATH = '/usr/bin:/bin';

export type Found = { readonly file: string } | { readonly code: string };

/**
 * The file that `name` stands for, as execvp(3) finds it: a path as it is, a bare name in the folders of PATH. A wrapper around a
 * command can only say 126 or 127 of one that cannot be started, which commands say too; so it is found out beforehand.
 */
export function findProgram(name: string, path: string | undefined, cwd: string): Found {
  if (name === '') return { code: 'ENOENT' };
  if (name.includes('/')) return judge(resolve(cwd, name));
  let denied = false;
  for (const folder of (path ?? DEFAULT_PATH).split(delimiter)) {
    const found = judge(isAbsolute(folder) ? join(folder, name) : resolve(cwd, folder, name));
    if ('file' in found) return found;
    denied ||= found.code === 'EACCES';
  }
  return { code: denied ? 'EACCES' : 'ENOENT' };
}

/** A tool of the system; /usr/sbin and /sbin count, though an ordinary user's PATH lacks them. */
export function findTool(name: string): string | undefined {
  const found = findProgram(name, `${process.env.PATH ?? DEFAULT_PATH}:/usr/bin:/bin:/usr/sbin:/sbin`, '/');
  return 'file' in found ? found.file : undefined;
}

function judge(file: string): Found {
  try {
    if (!statSync(file).isFile()) return { code: 'EACCES' };
    accessSync(file, constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { code };
  }
  const interpreter = interpreterOf(file);
  return interpreter === undefined || 'file' in judge(interpreter) ? { file } : { code: 'ENOENT' };
}

/** What the first line of a script names. */
function interpreterOf(file: string): string | undefined {
  const head = Buffer.alloc(256);
  try {
    const fd = openSync(file, 'r');
    try {
      readSync(fd, head);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined; // It may be run though it may not be read: then it is no script.
  }
  return /^#![ \t]*(\/[^\s\0]+)/.exec(head.toString('latin1'))?.[1];
}
