import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutantsOf } from '../../scripts/mutants.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const mutated = (source: string) =>
  mutantsOf(source).map(({ start, end, put }) => source.slice(0, start) + put + source.slice(end));

describe('the mutants of a source', () => {
  it('are the slips that somebody could make, one at a time', () => {
    expect(mutated('function f(a: number) { if (a < 1) return; g(); }')).toEqual([
      'function f(a: number) { if (!(a < 1)) return; g(); }',
      'function f(a: number) { if (a <= 1) return; g(); }',
      'function f(a: number) { if (a < 2) return; g(); }',
      'function f(a: number) { if (a < 1) {} g(); }',
      'function f(a: number) { if (a < 1) return; ; }',
    ]);
    expect(mutated('const b = x.some(y) && true;')).toEqual([
      'const b = x.every(y) && true;',
      'const b = x.some(y) || true;',
      'const b = x.some(y) && false;',
    ]);
  });

  it('are none in what is there for the types alone', () => {
    expect(mutated("import type { A } from './a.ts'; type B = 1 | true; let c: 2;")).toEqual([]);
  });

  it('have names that do not move with the lines before them', () => {
    const names = (source: string) => mutantsOf(source).map(({ name }) => name);
    expect(names('const a = 1 + 1;')).toEqual(names('let b;\n\n  const a = 1 + 1;'));
    expect(new Set(names('const a = 1;\nconst a = 1;')).size).toBe(2);
  });

  it('that the baseline names stand in files that there are', () => {
    const baseline = JSON.parse(readFileSync(join(ROOT, 'test/mutation/baseline.json'), 'utf8')) as object;
    expect(Object.keys(baseline).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});
