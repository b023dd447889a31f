// Runs the built demo. On an older Node it first installs the pinned one, which is all that is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 22 || (major === 22 && minor >= 19);
const pinned = join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
if (!isNewEnough && !existsSync(pinned)) {
  console.log('demo install=node because="this Node is older than 22.19"');
  // npm tells its scripts where it is itself.
  const npm = process.env.npm_execpath ?? join(dirname(process.execPath), 'npm');
  const install = spawnSync(
    process.execPath,
    [npm, 'ci', '--omit=dev', '--ignore-scripts', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (install.status !== 0) process.exit(install.status ?? 1);
}
const node = isNewEnough ? process.execPath : pinned;
const { status } = spawnSync(node, [join(root, 'dist/index.js'), 'demo', ...process.argv.slice(2)], {
  stdio: 'inherit',
  shell: false,
});
process.exit(status ?? 3);
