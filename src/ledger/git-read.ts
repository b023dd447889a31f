import { damaged, nameFailure } from './git-failure.ts';
import { type GitObject, verified } from './git-object.ts';
import type { Repository } from './git-run.ts';
import type { Patience } from './ledger.ts';

/** Bounds one child's output; more names take more children. */
const NAMES_PER_CHILD = 2_000;

/**
 * The objects that the names stand for (an id, a ref, `<id>:<path>`), in their order, each verified against its id;
 * undefined where there is none. One `git cat-file --batch` reads them all, whatever their number.
 */
export async function readObjects(
  { git, gitDir }: Repository,
  names: readonly string[],
  patience?: Patience,
): Promise<(GitObject | undefined)[]> {
  const objects: (GitObject | undefined)[] = [];
  for (let from = 0; from < names.length; from += NAMES_PER_CHILD) {
    const some = names.slice(from, from + NAMES_PER_CHILD);
    const execution = await git(['cat-file', '--batch'], [], {
      gitDir,
      input: `${some.join('\n')}\n`,
      patience,
    });
    if (execution.code !== 0) throw nameFailure('read the ledger', execution, gitDir);
    objects.push(...parseBatch(execution.stdout, some));
  }
  return objects;
}

/** `<id> <type> <size> LF <bytes> LF`, or `<name> missing LF`. */
function parseBatch(output: Buffer, names: readonly string[]): (GitObject | undefined)[] {
  let at = 0;
  return names.map((name) => {
    const lineEnd = output.indexOf(0x0a, at);
    const line = output.toString('utf8', at, lineEnd);
    if (lineEnd < 0) throw damaged(`git did not answer for ${name}`);
    at = lineEnd + 1;
    if (line === `${name} missing`) return undefined;
    const match = /^([0-9a-f]{40,64}) (\w+) (\d+)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined)
      throw damaged(`git answered "${line.slice(0, 80)}" for ${name}`);
    const body = output.subarray(at, at + Number(match[3]));
    at += body.length + 1;
    return verified({ oid: match[1], type: match[2], body });
  });
}
