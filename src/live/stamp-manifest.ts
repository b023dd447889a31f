import { z } from 'zod';
import type { Folder, FoundFile } from '../ports/fs.ts';
import type { StampedFile } from './stamp-record.ts';

/** What a build consists of once it is stamped: every file but the manifest itself, in the order of their paths. */
export const stampManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  buildId: z.string(),
  files: z.array(
    z.strictObject({ path: z.string(), sha256: z.hash('sha256'), bytes: z.int().nonnegative() }),
  ),
});

export type StampManifest = z.infer<typeof stampManifestSchema>;

/** Depends on nothing but the bytes of the build: no time, no machine, no order of reading. */
export async function describeBuild(
  folder: Folder,
  build: readonly FoundFile[],
  stamped: readonly StampedFile[],
  buildId: string,
): Promise<StampManifest> {
  const files = new Map(stamped.map(({ path, sha256, bytes }) => [path, { path, sha256, bytes }]));
  for (const { path, bytes } of build) {
    if (!files.has(path)) files.set(path, { path, sha256: await folder.sha256(path), bytes });
  }
  return {
    schemaVersion: 1,
    buildId,
    files: [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
}
