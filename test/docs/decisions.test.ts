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

/** The packages that are installed and no decision names. */
const unnamed = (dependencies: Readonly<Record<string, string>>): string[] =>
  Object.keys(dependencies).filter((name) => !DECISIONS.includes(`\`${name}\``));

it('each package that is installed has its reason among the decisions', () => {
  const {
    devDependencies,
    optionalDependencies,
    dependencies = {},
  } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(unnamed({ ...devDependencies, ...optionalDependencies, ...dependencies })).toEqual([]);
  expect(unnamed({ 'left-pad': '1.3.0' })).toEqual(['left-pad']);
});

it('each package that is bundled has its reason among the decisions', () => {
  expect(unexplained(sources())).toEqual([]);
  const added = { path: 'x.ts', text: "import { x } from '@left/pad/x';\nawait import('left-pad');" };
  expect(unexplained([...sources(), added])).toEqual(['@left/pad', 'left-pad']);
});
