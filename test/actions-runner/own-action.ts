import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DIST } from '../e2e/run-dist.ts';
import type { ActionRepository } from './reusable.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The checkout as our repository at a commit: action.yml, beside the dist that tests run, and the workflows. */
export const ownAction = (): ActionRepository => ({
  repository: 'org/ship-proof',
  folder: dirname(DIST) === join(ROOT, 'dist') ? ROOT : beside(dirname(DIST)),
  workflows: join(ROOT, '.github/workflows'),
});

/** The manifest and another dist, joined in one folder, which is the same for all tests that run that dist. */
function beside(dist: string): string {
  const name = createHash('sha256').update(`${ROOT}\n${dist}`).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `ship-proof-own-action-${name}`);
  mkdirSync(folder, { recursive: true });
  link(join(ROOT, 'action.yml'), join(folder, 'action.yml'));
  link(dist, join(folder, 'dist'));
  return folder;
}

function link(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    // Another test was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
