import { type Folder, stagedPath } from '../ports/fs.ts';
import { CodedError } from '../proof/errors.ts';
import { isBuildId } from './build-id.ts';
import type { Output, StampHistory } from './stamp-record.ts';

export async function readHistory(folder: Folder, idPath: string): Promise<StampHistory> {
  // Only with its line end: a torn one was never followed by a move.
  const read = async (path: string) => {
    const text = Buffer.from((await folder.read(path)) ?? []).toString('latin1');
    const id = text.slice(0, -1);
    return text.endsWith('\n') && isBuildId(id) ? id : undefined;
  };
  return { done: await read(idPath), begun: await read(stagedPath(idPath)) };
}

const FILES_AT_ONCE = 16;

/**
 * How a stamp gets into the folder. All new files are staged beside the old ones, the id file last; then all are moved
 * into place, the id file last. So at whatever moment the process dies,
 *
 * - while it stages: no file has changed, and the staged ones are removed by the next run;
 * - while it moves: every file is whole, old or new, and the staged id file says with which id it had begun. The same
 *   call again finds the new ones done and does the rest;
 * - after the last move: the id file says that it is done.
 *
 * `leftovers` are the staged files of runs that died. Throws `stamp-write`.
 */
export async function writeStamp(
  folder: Folder,
  outputs: readonly Output[],
  idFile: Output,
  leftovers: readonly string[],
): Promise<void> {
  const changed = outputs.filter((output) => output.changed);
  const idStaged = stagedPath(idFile.path);
  const { begun } = await readHistory(folder, idFile.path);
  const isResumed = `${begun}\n` === Buffer.from(idFile.content).toString('latin1');
  const isDone = changed.length === 0 && !idFile.changed;

  try {
    // The record of the run that this one finishes stays until the end: this one may die too.
    const stale = leftovers.filter((path) => path !== idStaged || !isResumed || isDone);
    await inBatches(stale, (path) => folder.remove(path));
    if (isDone) return;
    await inBatches(changed, (output) => folder.stage(output.path, output.content));
    if (!isResumed) await folder.stage(idFile.path, idFile.content);
  } catch (cause) {
    const staged = changed.map(({ path }) => stagedPath(path));
    const mine = isResumed ? staged : [...staged, idStaged];
    // What can't be removed now either is removed by the next run; the first fault is the one to tell.
    await Promise.allSettled(mine.map((path) => folder.remove(path)));
    throw failed(`${folder.root} can't be written (${reason(cause)}), and no file was changed`, cause);
  }
  let moved = 0;
  try {
    for (const { path } of [...changed, idFile]) {
      await folder.commit(path);
      moved += 1;
    }
  } catch (cause) {
    const count = `${moved} of ${changed.length + 1} files were stamped`;
    throw failed(`${count} in ${folder.root}, then it failed (${reason(cause)})`, cause);
  }
}

/** Waits for all of a batch before it rejects, so that nothing goes on behind the back of the cleaning up. */
async function inBatches<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += FILES_AT_ONCE) {
    const results = await Promise.allSettled(items.slice(from, from + FILES_AT_ONCE).map(act));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

const reason = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause));

const failed = (what: string, cause: unknown) =>
  new CodedError(
    'failed',
    'stamp-write',
    `${what}: put that right and stamp again with the same build id, which does the rest`,
    { cause },
  );
