// Rewrites everything that is made from the table of modes: action.yml, docs/schemas, and the marked parts of the docs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generated } from './generated.ts';

const root = resolve(fileURLToPath(import.meta.url), '../..');
for (const [path, content] of await generated((name) => readFileSync(join(root, name), 'utf8'))) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
