import fc from 'fast-check';
import { CHECK_STATUSES, type Check, OUTCOMES, type Proof } from '../../src/proof/schema.ts';
import { HOSTILE_TEXTS } from '../targets/hostile-corpus.ts';

/** A good check; tests change what they are about. */
export const check = (changes: Partial<Check> = {}): Check => ({
  id: 'live:https://a.example/',
  status: 'pass',
  title: 'https://a.example/ serves build-1',
  expected: 'build-1',
  observed: 'build-1',
  ...changes,
});

export const proof = (changes: Partial<Proof> = {}): Proof => ({
  schemaVersion: 1,
  mode: 'verify-live',
  outcome: 'passed',
  subject: { buildId: 'build-1', url: ['https://a.example/'] },
  startedAt: '2026-11-01T12:00:00.000Z',
  endedAt: '2026-11-01T12:00:01.500Z',
  checks: [check()],
  result: { live: true },
  overrides: [],
  ...changes,
});

/** Text that servers send in the hope that it is believed. */
export const text = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS.map(({ value }) => value)),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

const attempt = fc.record({
  at: fc.constant('2026-11-01T12:00:00.500Z'),
  elapsedMs: fc.nat(),
  status: fc.constantFrom(...CHECK_STATUSES),
  observed: fc.dictionary(text, fc.oneof(text, fc.nat(), fc.boolean()), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
});

export const anyCheck: fc.Arbitrary<Check> = fc.record(
  {
    id: text,
    status: fc.constantFrom(...CHECK_STATUSES),
    title: text,
    expected: text,
    observed: text,
    detail: text,
    at: fc.record({ file: text, line: fc.integer({ min: 1, max: 9999 }) }),
    attempts: fc.array(attempt, { maxLength: 2 }),
  },
  { requiredKeys: ['id', 'status', 'title', 'expected', 'observed'] },
);

export const anyProof: fc.Arbitrary<Proof> = fc
  .record({
    outcome: fc.constantFrom(...OUTCOMES),
    checks: fc.array(anyCheck, { maxLength: 6 }),
    overrides: fc.array(text, { maxLength: 2 }),
    subject: fc.record({ buildId: text, url: fc.array(text, { maxLength: 2 }) }),
    result: fc.record({
      verdict: text,
      live: fc.boolean(),
      nested: fc.dictionary(text, text, { maxKeys: 2, noNullPrototype: true }),
    }),
    ledger: fc.record({ store: text, head: fc.option(text), entries: fc.nat() }),
    run: fc.record({ repository: text, actor: text }),
  })
  .map((changes) => proof(changes));
