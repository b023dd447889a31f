import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** End-to-end tests run the built program as it stands in the checkout; it is built where it is missing or not the sources'. */
export default function setup(): void {
  const root = resolve(import.meta.dirname, '..');
  if (process.env.SHIP_PROOF_TEST_DIST === 'as-is' && existsSync(join(root, 'dist/index.js'))) return;
  execFileSync(process.execPath, [join(root, 'scripts/dist.ts')], { cwd: root, stdio: 'inherit' });
}
