import { expect, it } from 'vitest';
import { typeProblems } from './code.ts';
import { blocksOf, pages } from './pages.ts';

const SAMPLES = pages()
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'ts');

const BROKEN = [
  {
    at: 'broken.md:1',
    text: "import type { Ledger } from './ledger.ts';\nexport const half = (ledger: Ledger) => ledger.delete();",
  },
  { at: 'broken.md:9', text: "import { nothing } from './ledger.ts';\nnothing();" },
];

it('the samples of TypeScript compile beside our own files, and broken ones do not', () => {
  expect(SAMPLES.length).toBeGreaterThan(0);
  expect(typeProblems([...SAMPLES, ...BROKEN])).toEqual([
    expect.stringMatching(/^broken\.md:1\+2: error TS2339: .*'delete'/),
    expect.stringMatching(/^broken\.md:9\+1: error TS2305: .*'nothing'/),
  ]);
});
