// Builds dist/: TypeScript → JavaScript → one bundle with a chunk for each dynamic import → minified.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, transformSync } from 'esbuild';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const target = resolve(process.argv[2] ?? join(root, 'dist'));
// Inside the checkout, so that the bundler finds node_modules.
const work = mkdtempSync(join(root, 'build-'));
const run = (script: string, args: string[], cwd: string) =>
  execFileSync(process.execPath, [join(root, 'node_modules', script), ...args], {
    cwd,
    // The compiler tells its errors on stdout.
    stdio: ['ignore', script.startsWith('typescript') ? 'inherit' : 'ignore', 'inherit'],
  });

try {
  const [js, out] = [join(work, 'js'), join(work, 'out')];
  run('typescript/bin/tsc', ['-p', 'tsconfig.json', '--outDir', js], root);
  writeFileSync(join(js, 'package.json'), '{ "type": "module" }\n');
  // Run from there: the bundler names its chunks by paths from its folder, and this one's own name is another every time.
  const bundle = ['build', join(js, 'index.js'), '-o', out, '--no-cache', '--license', 'licenses.txt'];
  run('@vercel/ncc/dist/ncc/cli.js', bundle, work);
  bundleThread(join(js, 'smoke/sandbox/sandbox-thread.js'), out);
  for (const name of readdirSync(out).filter((file) => file.endsWith('.js'))) minify(join(out, name));
  writeFileSync(join(out, 'index.js'), `#!/usr/bin/env node\n${readFileSync(join(out, 'index.js'), 'utf8')}`);
  chmodSync(join(out, 'index.js'), 0o755);
  rmSync(target, { recursive: true, force: true });
  cpSync(out, target, { recursive: true });
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** A thread begins with a file of its own, which the bundler would only copy: this makes one file of it, with its licenses. */
function bundleThread(entry: string, into: string): void {
  const { metafile } = buildSync({
    entryPoints: [entry],
    outfile: join(into, 'sandbox-thread.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  });
  const licenses = join(into, 'licenses.txt');
  const told = readFileSync(licenses, 'utf8');
  const packages = new Set(
    Object.keys(metafile.inputs).flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
    ),
  );
  for (const name of [...packages].sort().filter((name) => !told.includes(`${name}\n`))) {
    const folder = join(root, 'node_modules', name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    appendFileSync(licenses, `\n${name}\n${file ? readFileSync(join(folder, file), 'utf8') : ''}`);
  }
}

/** The bundler minifies the entry alone; this minifies every chunk, the same way on every machine. */
function minify(path: string): void {
  const source = readFileSync(path, 'utf8').replace(/^#!.*\n/, '');
  const { code } = transformSync(source, {
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    legalComments: 'none',
  });
  writeFileSync(path, code);
}
