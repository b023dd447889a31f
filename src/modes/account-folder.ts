import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Folder, openFolder } from '../ports/fs.ts';
import { invalid } from '../proof/errors.ts';

/** The folder of the input `dir`, made where there is none. Throws `dir-unwritable`. */
export async function openAccountFolder(cwd: string, dir: string): Promise<Folder> {
  const path = resolve(cwd, dir);
  await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw invalid('dir-unwritable', `the folder ${path} (input \`dir\`) can't be made: ${error.code}`, {
      cause: error,
    });
  });
  return openFolder(path);
}

/** Puts a whole file in the place of what stood there. */
export async function writeAccount(folder: Folder, name: string, content: string): Promise<void> {
  const path = await folder.place(name);
  await folder.stage(path, Buffer.from(content));
  await folder.commit(path);
}
