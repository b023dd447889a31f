import { createHash } from 'node:crypto';
import { damaged } from './git-failure.ts';

/** Git's own formats, read and checked without git: what a commit id covers is proved, not trusted. */
export interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly body: Buffer;
}

export interface TreeEntry {
  readonly oid: string;
  readonly isTree: boolean;
}

export type Tree = ReadonlyMap<string, TreeEntry>;

export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

/** The object, if its bytes are those that its id names. A cache or a disk that answers otherwise is damaged. */
export function verified(object: GitObject): GitObject {
  const algorithm = object.oid.length === 64 ? 'sha256' : 'sha1';
  const hash = createHash(algorithm).update(`${object.type} ${object.body.length}\0`).update(object.body);
  if (hash.digest('hex') !== object.oid)
    throw damaged(`the object ${object.oid} holds other bytes than its id names`);
  return object;
}

export function parseCommit({ oid, type, body }: GitObject): Commit {
  const text = body.toString('utf8');
  const end = text.indexOf('\n\n');
  const lines = text.slice(0, Math.max(0, end)).split('\n');
  const values = (name: string) =>
    lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const [tree] = values('tree');
  if (type !== 'commit' || end < 0 || tree === undefined) throw damaged(`the object ${oid} is no commit`);
  return { tree, parents: values('parent'), message: text.slice(end + 2) };
}

/** Entries of a tree object: `<mode> <name> NUL <raw id>`, repeated. */
export function parseTree({ oid, type, body }: GitObject): Tree {
  if (type !== 'tree') throw damaged(`the object ${oid} is no tree`);
  const idBytes = oid.length / 2;
  const tree = new Map<string, TreeEntry>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const nul = body.indexOf(0, space);
    if (space < 0 || nul < 0 || nul + idBytes >= body.length) throw damaged(`the tree ${oid} is cut short`);
    const mode = body.toString('latin1', at, space);
    const name = body.toString('utf8', space + 1, nul);
    at = nul + 1 + idBytes;
    tree.set(name, { oid: body.toString('hex', nul + 1, at), isTree: mode === '40000' });
  }
  return tree;
}
