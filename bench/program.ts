import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = resolve(fileURLToPath(import.meta.url), '../../dist');

/** The built program, copied into `folder`, so that a build in the meantime does not change what is measured. */
export function copyProgram(folder: string): string {
  cpSync(DIST, join(folder, 'ship-proof'), { recursive: true });
  return join(folder, 'ship-proof/index.js');
}
