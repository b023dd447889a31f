import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DIST } from '../../test/e2e/run-dist.ts';

export interface Weight {
  readonly files: number;
  readonly bytes: number;
  /** What every start loads. */
  readonly entryBytes: number;
}

/** The folder that a release ships. */
export function weigh(): Weight {
  const folder = dirname(DIST);
  const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  return {
    files: sizes.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    entryBytes: statSync(DIST).size,
  };
}
