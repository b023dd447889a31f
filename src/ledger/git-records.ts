import { parseJson } from '../proof/parse-json.ts';
import type { Json } from '../proof/schema.ts';
import { damaged } from './git-failure.ts';
import { type GitObject, parseTree, type Tree } from './git-object.ts';
import { readObjects } from './git-read.ts';
import type { Repository } from './git-run.ts';
import { recordOf } from './git-transaction.ts';
import type { Head } from './head.ts';

/** The newest transaction of a ledger, verified from its commit id down to head.json. */
export interface LoadedHead {
  readonly oid: string;
  readonly root: Tree;
  readonly head: Head;
}

/** Each file's object, found through folders that are verified on the way; one child for all of them. */
export async function findFiles(repo: Repository, { oid, root }: LoadedHead, files: readonly string[]) {
  const paths = [...new Set(files.flatMap(withFolders))];
  const objects = await readObjects(
    repo,
    paths.map((path) => `${oid}:${path}`),
  );
  const byPath = new Map(paths.map((path, n) => [path, objects[n]]));
  const trees = new Map<string, Tree>();
  const treeAt = (folder: string, object: GitObject): Tree => {
    const tree = trees.get(folder) ?? parseTree(object);
    trees.set(folder, tree);
    return tree;
  };
  return files.map((file) => {
    let tree = root;
    let object: GitObject | undefined;
    for (const path of withFolders(file)) {
      const entry = tree.get(path.slice(path.lastIndexOf('/') + 1));
      if (entry === undefined) return undefined;
      object = byPath.get(path);
      if (object === undefined || object.oid !== entry.oid)
        throw damaged(`the tree of ${oid} is not what it names`);
      if (path !== file) tree = treeAt(path, object);
    }
    return object;
  });
}

/** Walks down from the prefix, one child for each level and one for the records. */
export async function listRecords(
  repo: Repository,
  loaded: LoadedHead,
  prefix: string,
): Promise<ReadonlyMap<string, Json>> {
  const folder = prefix.slice(0, -1);
  const [top] = await findFiles(repo, loaded, [folder]);
  let level: [path: string, tree: Tree][] = top === undefined ? [] : [[folder, parseTree(top)]];
  const blobs: [path: string, oid: string][] = [];
  while (level.length > 0) {
    const folders: [path: string, oid: string][] = [];
    for (const [path, tree] of level) {
      for (const [name, entry] of tree) {
        const full = `${path}/${name}`;
        const record = recordOf(full);
        if (entry.isTree) folders.push([full, entry.oid]);
        else if (record !== undefined) blobs.push([record, entry.oid]);
      }
    }
    const trees = await readNamed(repo, folders);
    level = trees.map(([path, object]) => [path, parseTree(object)]);
  }
  const records = await readNamed(repo, blobs);
  records.sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(records.map(([path, blob]) => [path, parseRecord(blob)]));
}

async function readNamed(repo: Repository, named: readonly (readonly [path: string, oid: string])[]) {
  const objects = await readObjects(
    repo,
    named.map(([, oid]) => oid),
  );
  return named.map(([path, oid], n): [string, GitObject] => {
    const object = objects[n];
    if (object?.oid !== oid) throw damaged(`the object ${oid} (${path}) is missing`);
    return [path, object];
  });
}

export function parseRecord({ oid, body }: GitObject): Json {
  const value = parseJson(body.toString('utf8'));
  if (value === undefined) throw damaged(`the object ${oid} holds no record`);
  return value as Json;
}

/** `claims/3f/9a.json` → `claims`, `claims/3f`, `claims/3f/9a.json`. */
const withFolders = (file: string) => {
  const parts = file.split('/');
  return parts.map((_, n) => parts.slice(0, n + 1).join('/'));
};
