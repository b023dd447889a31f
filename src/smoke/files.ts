import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { readAtMost } from '../ports/read-at-most.ts';

/** The bytes of a file, or why they can't be had. */
export type FileRead = { readonly bytes: Uint8Array } | { readonly why: string };

/** Reads the files that a list of checks names. */
export interface Files {
  read(path: string): Promise<FileRead>;
}

const MAX_BYTES = 5 * 1024 * 1024;

/**
 * Files of one folder and those below it. A list of checks may be somebody else's, and it says where the bytes are sent: so
 * what lies outside, or in git's own folder (where checkouts keep their token), is not read, through no link either.
 */
export function filesOf(root: string): Files {
  return {
    read: async (path) => {
      try {
        const [home, file] = await Promise.all([realpath(root), realpath(resolve(root, path))]);
        const way = relative(home, file);
        if (way === '' || way.split(sep)[0] === '..' || isAbsolute(way))
          return { why: `lies outside of ${root}` };
        if (way.split(sep).includes('.git')) return { why: "lies in git's own folder" };
        return await readBounded(join(home, way));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (typeof code !== 'string') throw error;
        return { why: code === 'ENOENT' ? 'is not there' : `can't be read (${code})` };
      }
    },
  };
}

/** Reads one file. A pipe would be waited for in vain, and a device may have no end. Rejects as the file system does. */
export async function readBounded(path: string): Promise<FileRead> {
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) return { why: 'is no file' };
  const bytes = await readAtMost(path, MAX_BYTES);
  return bytes ? { bytes } : { why: `is larger than ${MAX_BYTES} bytes` };
}
