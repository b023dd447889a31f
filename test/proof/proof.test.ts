import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inconclusive, invalid, refused } from '../../src/proof/errors.ts';
import { bySeverity, EXIT_CODES, outcomeOf, problemOf } from '../../src/proof/outcome.ts';
import { conclude, concludeError } from '../../src/proof/proof.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import { sanitize } from '../../src/proof/sanitize.ts';
import { CHECK_STATUSES, type CheckStatus, OUTCOMES, proofSchema } from '../../src/proof/schema.ts';
import { published } from '../published.ts';
import { anyProof, check, proof } from './proofs.ts';

const publishedProof = published('proof');

/** By our own schema, and by the published one as others would read it. */
function expectValid(value: unknown): void {
  expect(proofSchema.safeParse(value).error).toBeUndefined();
  expect(publishedProof.safeParse(JSON.parse(JSON.stringify(value))).error).toBeUndefined();
}

const withStatuses = (...statuses: CheckStatus[]) => statuses.map((status) => check({ status }));
const context = { mode: 'stamp', startedAtMs: 0, endedAtMs: 1500 };

describe('exit codes', () => {
  it('are those that callers rely on', () => {
    expect(EXIT_CODES).toEqual({
      ...{ passed: 0, skipped: 0, halted: 0, failed: 1, invalid: 2, inconclusive: 3, refused: 4 },
    });
    expect(Object.keys(EXIT_CODES).sort()).toEqual([...OUTCOMES].sort());
  });
});

describe('outcomeOf', () => {
  it.each<[CheckStatus[], string]>([
    [[], 'inconclusive'],
    [['skipped'], 'inconclusive'],
    [['pass'], 'passed'],
    [['warn'], 'passed'],
    [['pass', 'skipped'], 'passed'],
    [['pass', 'untestable'], 'inconclusive'],
    [['pass', 'fail'], 'failed'],
    [['untestable', 'fail'], 'failed'],
  ])('%j is %s', (statuses, outcome) => {
    expect(outcomeOf(withStatuses(...statuses))).toBe(outcome);
  });

  it('is passed only when something ran and nothing was wrong or missing', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...CHECK_STATUSES)), (statuses) => {
        const passed = outcomeOf(withStatuses(...statuses)) === 'passed';
        const bad = statuses.some((status) => status === 'fail' || status === 'untestable');
        const ran = statuses.some((status) => status === 'pass' || status === 'warn');
        expect(passed).toBe(ran && !bad);
        expect(problemOf(withStatuses(...statuses)) !== undefined).toBe(bad);
      }),
    );
  });

  it('names a wrong answer before a missing one', () => {
    expect(problemOf(withStatuses('pass', 'untestable', 'fail'))?.status).toBe('fail');
  });
});

describe('bySeverity', () => {
  it('puts what needs attention first, and keeps the order of equals', () => {
    const given = (['pass', 'skipped', 'fail', 'warn', 'untestable', 'fail', 'pass'] as const).map(
      (status, index) => check({ status, id: `c${index}` }),
    );
    expect(bySeverity(given).map(({ status, id }) => `${status} ${id}`)).toEqual([
      'fail c2',
      'fail c5',
      'untestable c4',
      'warn c3',
      'pass c0',
      'pass c6',
      'skipped c1',
    ]);
  });
});

describe('conclude', () => {
  it('makes a valid record', () => {
    const made = conclude({ ...context, checks: withStatuses('pass') });
    expectValid(made);
    expect(made).toMatchObject({
      outcome: 'passed',
      startedAt: '1970-01-01T00:00:00.000Z',
      endedAt: '1970-01-01T00:00:01.500Z',
    });
  });

  it.each([[[]], [['skipped' as const]]])(
    'says in a check of its own that nothing was checked: %j',
    (statuses) => {
      const made = conclude({ ...context, checks: withStatuses(...statuses) });
      expectValid(made);
      expect(made.outcome).toBe('inconclusive');
      expect(made.checks.at(-1)).toMatchObject({ id: 'executed', status: 'untestable' });
    },
  );

  it('leaves alone the checks of a mode that says its outcome itself', () => {
    expect(conclude({ ...context, checks: [], outcome: 'skipped' }).checks).toEqual([]);
  });
});

describe('concludeError', () => {
  it.each([
    [invalid('a', 'mend it', { at: { file: 'ship-proof.yml', line: 3 } }), 'invalid', 'fail', 'error:a'],
    [refused('b', 'held'), 'refused', 'fail', 'error:b'],
    [inconclusive('c', 'unreachable'), 'inconclusive', 'untestable', 'error:c'],
    [new TypeError('x is undefined'), 'inconclusive', 'untestable', 'error:internal'],
    ['thrown text', 'inconclusive', 'untestable', 'error:internal'],
  ])('%s is %s', (error, outcome, status, id) => {
    const made = concludeError(error, context);
    expectValid(made);
    expect(made).toMatchObject({ outcome, mode: 'stamp', checks: [{ id, status }] });
  });

  it('points at the line that is to be mended', () => {
    const at = { file: 'ship-proof.yml', line: 3 };
    expect(concludeError(invalid('a', 'mend it', { at }), context).checks[0]?.at).toEqual(at);
  });

  it('tells problems one by one where there are several', () => {
    const checks = [check({ id: 'input:a', status: 'fail' }), check({ id: 'input:b', status: 'fail' })];
    expect(concludeError(invalid('input-invalid', 'both', { checks }), context).checks).toEqual(checks);
  });

  it('keeps the stack of a bug', () => {
    const [told] = concludeError(new TypeError('x is undefined'), context).checks;
    expect(told?.observed).toBe('ship-proof itself failed: x is undefined');
    expect(told?.detail).toContain('proof.test.ts');
  });
});

describe('sanitize', () => {
  const redactor = (...secrets: string[]) => {
    const made = createRedactor();
    for (const secret of secrets) made.add(secret);
    return made;
  };

  it('makes every text printable, and keeps the record valid', () => {
    fc.assert(
      fc.property(anyProof, (made) => {
        const harmless = sanitize(made, redactor());
        expectValid(harmless);
        expect(JSON.stringify(harmless)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|##\[|"::/u);
      }),
    );
  });

  it('masks secrets in every place that holds text', () => {
    const secret = 'hunter22';
    const made = proof({
      subject: { buildId: secret, url: [`https://a/?${secret}`] },
      checks: [
        check({
          ...{ id: secret, title: secret, expected: secret, observed: secret, detail: secret },
          at: { file: secret, line: 1 },
          attempts: [
            {
              at: '2026-11-01T12:00:00.000Z',
              elapsedMs: 1,
              status: 'fail',
              observed: { body: { [secret]: [secret] } },
            },
          ],
        }),
      ],
      result: { nested: { [secret]: secret } },
      overrides: [secret],
      ledger: { store: secret, head: secret, entries: 1 },
      run: { actor: secret },
    });
    const harmless = sanitize(made, redactor(secret));
    expect(JSON.stringify(harmless)).not.toContain(secret);
    expectValid(harmless);
  });

  it("keeps its own words, even when somebody's secret reads like them", () => {
    const words = [
      'passed',
      'pass',
      'live',
      'buildId',
      'file',
      'line',
      'status',
      'verify-live',
      '2026',
      'deployed',
    ];
    const made = proof({
      checks: [
        check({
          at: { file: 'a', line: 1 },
          attempts: [
            { at: '2026-11-01T12:00:00.000Z', elapsedMs: 1, status: 'pass', observed: { status: 200 } },
          ],
        }),
      ],
      result: { live: true, deployed: true },
      run: { actor: 'x' },
    });
    const harmless = sanitize(made, redactor(...words));
    expectValid(harmless);
    expect(harmless).toMatchObject({
      outcome: 'passed',
      result: { live: true, deployed: true },
      subject: { buildId: 'build-1' },
    });
  });

  it('masks before it cuts, so that no beginning of a secret is left', () => {
    const secret = 's'.repeat(100);
    const harmless = sanitize(proof({ overrides: [`${'x'.repeat(4050)}${secret}`] }), redactor(secret));
    expect(harmless.overrides).toEqual([`${'x'.repeat(4050)}***`]);
  });
});
