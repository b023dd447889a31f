import { relative, resolve } from 'node:path';
import type { Place } from '../../config/place.ts';
import { openFolder } from '../../ports/fs.ts';
import { readBounded } from '../files.ts';
import type { Finding } from '../result.ts';
import { judgeDrift } from './findings.ts';
import { driftFrom, lockOf, lockText, parseLock, type ToolsLock } from './lock.ts';
import type { ListedTool } from './tools.ts';

/** Where a lock stands, and whether it is to be written instead of obeyed. */
export interface LockFile {
  /** Absolute. */
  readonly path: string;
  readonly place: Place;
  /** Nothing outside of it is written. */
  readonly root: string;
  readonly update: boolean;
}

/**
 * Holds the listed tools against their lock. A lock is written only where somebody asks for it: one that came into being by
 * itself would lock in whatever is there, and deleting it would switch the check off.
 */
export async function checkLock(tools: readonly ListedTool[], file: LockFile): Promise<Finding[]> {
  const { lock, why } = await read(file.path);
  const drifts = lock && driftFrom(lock, tools);
  if (drifts?.length === 0) return [];
  if (file.update) return [await write(tools, file)];
  return drifts ? judgeDrift(drifts, file.place) : [noLock(why, file)];
}

async function read(path: string): Promise<{ readonly lock?: ToolsLock | undefined; readonly why: string }> {
  try {
    const found = await readBounded(path);
    if ('why' in found) return { why: `not a lock file: it ${found.why}` };
    return { lock: parseLock(new TextDecoder().decode(found.bytes)), why: 'not a lock file' };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === 'ENOENT') return { why: 'no such file' };
    if (code === 'EISDIR' || code === 'EACCES') return { why: `a file that can't be read (${code})` };
    throw error;
  }
}

const noLock = (why: string, { path, place }: LockFile): Finding => ({
  status: 'fail',
  title: 'tools-lock',
  expected: `the locked tools in ${path}`,
  observed: why,
  detail: 'write it by running this check once with `update-tools-lock`, look it over, and commit it',
  place,
});

async function write(
  tools: readonly ListedTool[],
  { path, place, root, update: _ }: LockFile,
): Promise<Finding> {
  const folder = await openFolder(root);
  const name = await folder.place(relative(resolve(root), path));
  await folder.stage(name, Buffer.from(lockText(lockOf(tools))));
  await folder.commit(name);
  return {
    status: 'warn',
    title: 'tools-lock',
    expected: 'the locked tools',
    observed: `${path} written for ${tools.length} tools`,
    detail: 'nothing was compared: look the file over, and commit it',
    place,
  };
}
