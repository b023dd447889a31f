import type { ApiAnswer } from './github-api.ts';

/** Files by their paths in the repository. */
export type BranchFiles = Map<string, string | Uint8Array>;

const MAX_INLINE_BYTES = 1024 * 1024;
const MAX_LISTED = 1_000;

/** A file's bytes, the names in a folder, or nothing. A repository without a file has no root either. */
export function lookUp(files: BranchFiles, path: string): Uint8Array | readonly string[] | undefined {
  const wanted = path.replace(/\/+$/, '');
  const file = files.get(wanted);
  if (file !== undefined) return Buffer.from(file);
  const prefix = wanted === '' ? '' : `${wanted}/`;
  const inside = [...files.keys()].filter((name) => name.startsWith(prefix));
  const names = new Set(inside.map((name) => name.slice(prefix.length).split('/')[0] ?? ''));
  return names.size === 0 ? undefined : [...names];
}

/**
 * What `GET /repos/{owner}/{repo}/contents/{path}` answers: a file's content in base64, in lines as GitHub breaks it, and
 * without it above 1 MiB; a folder as a list, a thousand names at most.
 */
export function contentsAnswer(path: string, found: Uint8Array | readonly string[]): ApiAnswer {
  const below = (name: string): string => (path === '' ? name : `${path}/${name}`);
  if (!(found instanceof Uint8Array)) {
    const names = found.slice(0, MAX_LISTED);
    return { status: 200, body: names.map((name) => ({ name, path: below(name) })) };
  }
  const isInline = found.length <= MAX_INLINE_BYTES;
  const base64 = Buffer.from(found)
    .toString('base64')
    .replaceAll(/.{1,60}/g, '$&\n');
  return {
    status: 200,
    body: {
      type: 'file',
      encoding: isInline ? 'base64' : 'none',
      size: found.length,
      name: path.split('/').at(-1),
      path,
      content: isInline ? base64 : '',
    },
  };
}
