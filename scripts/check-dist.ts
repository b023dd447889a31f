// Fails unless dist/ is exactly what the sources build: no file more, none less, byte for byte.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const fresh = mkdtempSync(join(tmpdir(), 'ship-proof-dist-'));
try {
  execFileSync(process.execPath, [join(root, 'scripts/dist.ts'), fresh], { stdio: 'inherit' });
  const files = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const [wanted, found] = [files(fresh), files(join(root, 'dist'))];
  const differs = [...new Set([...wanted, ...found])].filter(
    (name) =>
      !wanted.includes(name) ||
      !found.includes(name) ||
      !readFileSync(join(fresh, name)).equals(readFileSync(join(root, 'dist', name))),
  );
  const untracked = execFileSync('git', ['status', '--porcelain', '--untracked-files=all', '--', 'dist'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (differs.length > 0) console.error(`dist is stale: ${differs.join(', ')}; run: npm run dist`);
  if (process.env.CI && untracked) console.error(`dist is not committed:\n${untracked}`);
  process.exitCode = differs.length > 0 || (process.env.CI && untracked) ? 1 : 0;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
