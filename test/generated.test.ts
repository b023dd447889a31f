import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { generated } from '../scripts/generated.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

it('has nothing generated that is out of date (mend with: npm run generate)', async () => {
  const stale = [...(await generated(read))]
    .filter(([path, content]) => read(path) !== content)
    .map(([path]) => path);
  expect(stale).toEqual([]);
});
