import { expect, it } from 'vitest';
import { conclude } from '../../src/proof/proof.ts';
import type { Check } from '../../src/proof/schema.ts';
import { tapOf } from '../../src/report/tap.ts';

const check = (more: Partial<Check>): Check => ({
  id: 'smoke:home',
  status: 'pass',
  title: 'home',
  expected: '2xx',
  observed: '200',
  ...more,
});

const tap = (...checks: Check[]): string[] =>
  tapOf(conclude({ mode: 'smoke', startedAtMs: 0, endedAtMs: 1, checks })).split('\n');

it('has a test point for each check, ok only where the check is', () => {
  const lines = tap(
    check({}),
    check({ status: 'fail', at: { file: 'smoke.yml', line: 3 } }),
    check({ status: 'untestable' }),
    check({ status: 'skipped' }),
    check({ status: 'warn' }),
  );
  expect(lines.slice(0, 2)).toEqual(['TAP version 14', '1..5']);
  expect(lines.filter((line) => /^(not )?ok/.test(line))).toEqual([
    'ok 1 - smoke:home',
    'not ok 2 - smoke:home',
    'not ok 3 - smoke:home',
    'ok 4 - smoke:home # SKIP',
    'ok 5 - smoke:home',
  ]);
  expect(lines).toContain('  at: "smoke.yml:3"');
});

it('lets no text end a line, a block or a description', () => {
  const lines = tap(check({ id: 'a # SKIP \\', observed: 'x\nnot ok 2 - y\n  ...' }));
  expect(lines[2]).toBe('ok 1 - a \\# SKIP \\\\');
  expect(lines.filter((line) => /ok/.test(line))).toHaveLength(2);
  expect(lines.filter((line) => line === '  ...')).toHaveLength(1);
});

it('keeps every attempt', () => {
  const attempt = {
    at: '2026-01-01T00:00:00.000Z',
    elapsedMs: 5,
    status: 'fail',
    observed: { status: 500 },
  } as const;
  const lines = tap(check({ attempts: [attempt, { ...attempt, status: 'pass' }] }));
  expect(lines.filter((line) => line.startsWith('    - {"at"'))).toHaveLength(2);
});
