import { z } from 'zod';
import { inconclusive } from '../proof/errors.ts';
import type { GitHub } from './github.ts';

const fileSchema = z.looseObject({
  type: z.literal('file'),
  encoding: z.literal('base64'),
  content: z.string(),
});
const folderSchema = z.array(z.looseObject({ name: z.string() }));
/** GitHub lists no more of a folder. */
const MAX_LISTED = 1_000;

export interface BranchFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The first of some files that stands on the repository's default branch; undefined when none of them does. */
export type ReadBranch = (paths: readonly string[]) => Promise<BranchFile | undefined>;

/**
 * Reads files of the repository's default branch. "Not found" is what GitHub also says to a token that may not read, so the
 * root is listed first: a token that sees it is believed about the rest, and what the root does not have is not asked for.
 * Throws `config-unreachable`: what can't be read is not the same as nothing.
 */
export function branchReader(github: GitHub, deadline: number): ReadBranch {
  const get = (path: string) =>
    github.request(
      { method: 'GET', path: `/contents/${pathOf(path)}`, needs: 'contents: read', repeatable: true },
      deadline,
    );
  const list = async (paths: readonly string[]): Promise<ReadonlySet<string>> => {
    const reply = await get('');
    if (!reply.ok) throw unreachable(paths, reply.problem.text);
    const parsed = folderSchema.safeParse(reply.body);
    if (parsed.success) return new Set(parsed.data.map(({ name }) => name));
    throw unreachable(paths, 'GitHub answered with no list of its files');
  };
  let listed: Promise<ReadonlySet<string>> | undefined;
  return async (paths) => {
    listed ??= list(paths);
    const names = await listed;
    for (const path of paths) {
      const [top = ''] = path.split('/');
      if (!names.has(top) && names.size < MAX_LISTED) continue;
      const reply = await get(path);
      if (reply.ok) return { path, bytes: contentOf(reply.body, path) };
      if (reply.problem.status !== 404 || names.has(path)) throw unreachable([path], reply.problem.text);
    }
    return undefined;
  };
}

function contentOf(body: unknown, path: string): Uint8Array {
  const parsed = fileSchema.safeParse(body);
  if (parsed.success) return Buffer.from(parsed.data.content, 'base64');
  throw unreachable([path], 'it is no file, or too large for one answer');
}

const pathOf = (path: string): string =>
  path
    .split('/')
    .map((name) => encodeURIComponent(name))
    .join('/');

export const unreachable = (paths: readonly string[], why: string) =>
  inconclusive(
    'config-unreachable',
    `the config of the default branch decides what a run may do, and ${paths.join(', ')} could not be read there: ${why}`,
  );
