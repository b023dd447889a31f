import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asLastLook, type PartEnd, parseWaivers, together } from '../../src/modes/prove/parts.ts';
import { OUTCOMES, type Outcome, type Proof, proofSchema } from '../../src/proof/schema.ts';
import { verdictLine } from '../../src/report/verdict-line.ts';
import { check, proof } from '../proof/proofs.ts';

const NAMES = ['verify-live', 'smoke', 'idempotency-check'] as const;

const STATUS = { passed: 'pass', failed: 'fail' } as const;
/** A part's proof with one check that says the same as its outcome. */
const ended = (mode: string, outcome: Outcome, changes: Partial<Proof> = {}): Proof =>
  proof({
    mode,
    outcome,
    checks: [check({ id: `${mode}:x`, status: STATUS[outcome as keyof typeof STATUS] ?? 'untestable' })],
    ...changes,
  });
const done = (part: string, outcome: Outcome = 'passed', changes: Partial<Proof> = {}): PartEnd => ({
  part,
  kind: 'done',
  proof: ended(part, outcome, changes),
});
const waived = (part: string, reason = 'static site'): PartEnd => ({ part, kind: 'waived', reason });
const notRun = (part: string): PartEnd => ({ part, kind: 'not-run' });

const story = (
  ends: readonly PartEnd[],
  again: Proof | undefined,
  overrides: readonly string[] = [],
): Proof => {
  const made = together({
    startedAtMs: 0,
    endedAtMs: 1_000,
    subject: { buildId: 'build-1', url: ['https://a.example/'] },
    ends,
    again: again && asLastLook(again),
    overrides,
  });
  expect(proofSchema.safeParse(made).error).toBeUndefined();
  return made;
};
const seenAgain = ended('verify-live', 'passed');

describe('three parts as one proof', () => {
  it('passed when each passed and the build was seen again', () => {
    const made = story(
      NAMES.map((name) => done(name)),
      seenAgain,
    );
    expect(made).toMatchObject({
      mode: 'prove',
      outcome: 'passed',
      overrides: [],
      result: { deployed: true, waived: '' },
    });
    expect(made.checks.map(({ id }) => id)).toEqual([
      'verify-live:x',
      'smoke:x',
      'idempotency-check:x',
      'again:verify-live:x',
    ]);
    expect(verdictLine(made)).toBe('DEPLOYED build-1');
  });

  it('keeps the parts apart: outcome, times, checks and outputs of each', () => {
    const { result } = story([done('verify-live'), done('smoke'), waived('idempotency-check')], seenAgain);
    const times = { startedAt: '2026-11-01T12:00:00.000Z', endedAt: '2026-11-01T12:00:01.500Z' };
    expect(result.parts).toEqual({
      'verify-live': { outcome: 'passed', ...times, checks: ['verify-live:x'], result: { live: true } },
      smoke: { outcome: 'passed', ...times, checks: ['smoke:x'], result: { live: true } },
      'idempotency-check': { outcome: 'waived', reason: 'static site' },
      again: { outcome: 'passed', ...times, checks: ['again:verify-live:x'], result: { live: true } },
    });
  });

  it('says behind DEPLOYED what was waived, and why among the overrides', () => {
    const made = story(
      [done('verify-live'), waived('smoke', 'no pages: an API'), waived('idempotency-check')],
      seenAgain,
    );
    expect(made.overrides).toEqual([
      'waived: smoke: no pages: an API',
      'waived: idempotency-check: static site',
    ]);
    expect(verdictLine(made)).toBe('DEPLOYED build-1 waived=smoke,idempotency-check');
  });

  it.each([
    ['verify-live', [done('verify-live', 'failed'), notRun('smoke'), notRun('idempotency-check')], undefined],
    ['smoke', [done('verify-live'), done('smoke', 'failed'), notRun('idempotency-check')], undefined],
    [
      'idempotency-check',
      [done('verify-live'), done('smoke'), done('idempotency-check', 'failed')],
      undefined,
    ],
    ['again', NAMES.map((name) => done(name)), ended('verify-live', 'failed')],
  ])('names the part that failed: %s', (part, ends, again) => {
    const made = story(ends, again);
    expect(made).toMatchObject({ outcome: 'failed', result: { deployed: false } });
    expect(verdictLine(made)).toMatch(new RegExp(`^NOT DEPLOYED ${part}: `));
  });

  it('is refused when a part was', () => {
    const ends = [done('verify-live'), done('smoke'), done('idempotency-check', 'refused')];
    expect(story(ends, undefined).outcome).toBe('refused');
  });

  it('takes what stands for no proof of a part for none: skipped, halted, or invalid after something was sent', () => {
    for (const outcome of ['skipped', 'halted', 'invalid', 'inconclusive'] as const) {
      const made = story(
        [done('verify-live'), done('smoke', outcome), notRun('idempotency-check')],
        undefined,
      );
      expect([outcome, made.outcome, made.result.deployed]).toEqual([outcome, 'inconclusive', false]);
    }
  });

  it('collects what weakens it, once', () => {
    const made = story(
      [
        done('verify-live', 'passed', { overrides: ['edges: one'] }),
        waived('smoke'),
        waived('idempotency-check'),
      ],
      ended('verify-live', 'passed', { overrides: ['edges: one'] }),
      ['private-url: http://localhost/'],
    );
    expect(made.overrides).toEqual([
      'waived: smoke: static site',
      'waived: idempotency-check: static site',
      'edges: one',
      'private-url: http://localhost/',
    ]);
  });

  it('says DEPLOYED for no other combination', () => {
    const outcome = fc.constantFrom(...OUTCOMES);
    const later = (part: string) =>
      fc.oneof(
        outcome.map((is) => done(part, is)),
        fc.constant(waived(part)),
        fc.constant(notRun(part)),
      );
    fc.assert(
      fc.property(
        outcome.map((is) => done('verify-live', is)),
        later('smoke'),
        later('idempotency-check'),
        fc.option(outcome, { nil: undefined }),
        (first, second, third, again) => {
          const ends = [first, second, third];
          const made = story(ends, again && ended('verify-live', again));
          const isGood = (end: PartEnd) =>
            end.kind === 'waived' || (end.kind === 'done' && end.proof.outcome === 'passed');
          const should = ends.every(isGood) && again === 'passed';
          expect(made.outcome === 'passed').toBe(should);
          expect(made.result.deployed).toBe(should);
          expect(verdictLine(made).startsWith('DEPLOYED')).toBe(should);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('waivers', () => {
  const parse = (...lines: string[]) => parseWaivers(lines, NAMES, 'verify-live');

  it('are a part and a reason', () => {
    expect([...parse('idempotency-check: static site', 'smoke :  see: #12')]).toEqual([
      ['idempotency-check', 'static site'],
      ['smoke', 'see: #12'],
    ]);
    expect([...parse()]).toEqual([]);
  });

  it.each([
    ['verify-live: it is fine', "can't be waived"],
    ['verify-live', "can't be waived"],
    ['smok: typo', 'names no part'],
    ['again: trust me', 'names no part'],
    [': no part', 'names no part'],
    ['Smoke: case', 'names no part'],
    ['smoke', 'gives no reason'],
    ['smoke:', 'gives no reason'],
    ['smoke:   ', 'gives no reason'],
    [`smoke: ${'x'.repeat(201)}`, 'longer than 200'],
  ])('are refused as %j', (line, why) => {
    expect(() => parse(line)).toThrow(why);
  });

  it('are given once for a part', () => {
    expect(() => parse('smoke: a', 'smoke: b')).toThrow('waived already');
  });
});
