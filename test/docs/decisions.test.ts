import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Source, sources } from './error-codes.ts';
import { ROOT } from './pages.ts';

const DECISIONS = readFileSync(join(ROOT, 'docs/decisions/README.md'), 'utf8');

const IMPORT =
  /^(?:import|export)\s[^'"]*from '(?!node:)([^.'][^']*)'|\bimport\(\s*'(?!node:)([^.'\n][^'\n]*)'\s*\)/gm;

/** The packages that sources import and no decision names. */
const unexplained = (files: readonly Source[]): string[] => {
  const imported = files.flatMap(({ text }) => [...text.matchAll(IMPORT)]);
  const names = imported
    .map(([, still, later]) => still ?? later ?? '')
    .map((path) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path);
  return [...new Set(names)].filter((name) => !DECISIONS.includes(`\`${name}\``)).sort();
};

it('each package that is bundled has its reason among the decisions', () => {
  expect(unexplained(sources())).toEqual([]);
  const added = { path: 'x.ts', text: "import { x } from '@left/pad/x';\nawait import('left-pad');" };
  expect(unexplained([...sources(), added])).toEqual(['@left/pad', 'left-pad']);
});
