import { type CodedError, refused } from '../proof/errors.ts';
import { parseJson } from '../proof/parse-json.ts';
import type { Json } from '../proof/schema.ts';
import { damaged } from './git-failure.ts';
import { type GitObject, parseCommit, parseTree } from './git-object.ts';
import { readObjects } from './git-read.ts';
import { findFiles, type LoadedHead, listRecords, parseRecord } from './git-records.ts';
import { patient, type Repository } from './git-run.ts';
import { fileOf, HEAD_FILE, parseMessage } from './git-transaction.ts';
import { countsOf, type Head, headSchema } from './head.ts';
import type { Patience, Snapshot } from './ledger.ts';
import { assertPrefix, assertRecordPath } from './paths.ts';

/** A ref that moves between two questions of one child, ten times in a row, does not move: its objects are missing. */
const MAX_TRIES = 10;

/** Reads what a ref (or an id) stands for; null when there is none; `refused` when it is no ledger. */
export async function loadHead(
  repo: Repository,
  name: string,
  patience?: Patience,
): Promise<LoadedHead | null> {
  // One child answers three questions, between which the ref may move. The ids tell, and then it is asked again.
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const names = [name, `${name}^{tree}`, `${name}:${HEAD_FILE}`];
    const [commitObject, rootObject, headObject] = await readObjects(repo, names, patience);
    if (commitObject === undefined) return null;
    if (commitObject.type !== 'commit') throw foreign(name);
    const commit = parseCommit(commitObject);
    if (commit.tree !== rootObject?.oid) continue;
    const root = parseTree(rootObject);
    const headOid = root.get(HEAD_FILE)?.oid;
    if (headOid === undefined) throw foreign(name);
    if (headOid !== headObject?.oid) continue;
    const head = parseHead(name, headObject);
    if (parseMessage(commitObject.oid, commit.message).at(-1)?.at !== head.lastAt) throw foreign(name);
    return { oid: commitObject.oid, root, head };
  }
  throw damaged(`${name} names objects that are not there`);
}

/** The snapshot of a loaded head, or the state before genesis. */
export function gitSnapshot(anyRepo: Repository, loaded: LoadedHead | null, patience?: Patience): Snapshot {
  const repo = patient(anyRepo, patience);
  const lookup = loaded === null ? async () => undefined : batched((files) => findFiles(repo, loaded, files));
  return {
    version: loaded?.oid ?? null,
    ...countsOf(loaded?.head ?? null),
    async get(path) {
      assertRecordPath(path);
      const blob = await lookup(fileOf(path));
      return blob === undefined ? undefined : parseRecord(blob);
    },
    async list(prefix) {
      assertPrefix(prefix);
      return loaded === null ? new Map<string, Json>() : listRecords(repo, loaded, prefix);
    },
  };
}

/** Questions asked in the same turn of the event loop share one child: twenty keys cost what one costs. */
function batched<A>(
  findAll: (keys: readonly string[]) => Promise<readonly A[]>,
): (key: string) => Promise<A> {
  let waiting: string[] = [];
  let answer: Promise<readonly A[]> | undefined;
  return async (key) => {
    const index = waiting.push(key) - 1;
    answer ??= Promise.resolve().then(() => {
      const keys = waiting;
      waiting = [];
      answer = undefined;
      return findAll(keys);
    });
    return (await answer)[index] as A;
  };
}

function parseHead(name: string, { body }: GitObject): Head {
  const parsed = headSchema.safeParse(parseJson(body.toString('utf8')));
  if (parsed.success) return parsed.data;
  throw foreign(name, parsed.error);
}

const foreign = (name: string, cause?: unknown): CodedError =>
  refused(
    'ledger-foreign',
    `${name} holds something that is not a ship-proof ledger; it was left as it is. Choose another namespace, or a ref of its own: ?ref=refs/heads/<name>`,
    { cause },
  );
