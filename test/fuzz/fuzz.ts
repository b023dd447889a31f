import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { CodedError } from '../../src/proof/errors.ts';
import { figure } from '../targets/figures.ts';

/** The same inputs at each run; the long lists begin with the short ones. */
const SEED = 20_261_101;
export const FULL = process.env.SHIP_PROOF_RELIABILITY === '1';

/** Inputs for each property: a sample, or very many with SHIP_PROOF_RELIABILITY=1. */
export const runsOf = (sampled: number): number => (FULL ? sampled * 20 : sampled);

/** Declares a test that tries a property on many inputs, and counts them for the figure of its file. */
export function fuzzing(what: string) {
  let tried = 0;
  afterAll(() => figure('input', `bad inputs: ${what}`, tried, 'inputs'));
  return <T>(
    name: string,
    inputs: fc.Arbitrary<T>,
    property: (input: T) => unknown,
    { sampled = 150 }: { readonly sampled?: number } = {},
  ): void => {
    it(name, { timeout: FULL ? 3_600_000 : 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(inputs, async (input) => {
          tried += 1;
          await property(input);
        }),
        { seed: SEED, numRuns: runsOf(sampled) },
      );
    });
  };
}

/** What the work gives, or the coded error that it ends in. Whatever else it throws is a crash. */
export async function coded<T>(work: () => T | Promise<T>): Promise<T | CodedError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CodedError && /^[a-z][a-z-]+$/.test(error.code)) return error;
    throw new Error('a crash without a code', { cause: error });
  }
}

const SCALE = 8;
/** Linear work takes 8 times as long for 8 times as much, quadratic work 64 times. */
const MOST_TIMES = 40;
/** Below that, the processor time is that of starting up. */
const LEAST_MS = 100;

/**
 * Asserts that work grows about as its input does. It is processor time that is compared, not the clock's: a machine that
 * does other things too takes longer, but counts no more. The best of some tries counts, and a small sum says nothing.
 */
export async function expectLinear(size: number, work: (size: number) => unknown): Promise<void> {
  let times = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3; tries += 1) {
    const small = Math.max(await costMs(() => work(size)), 1);
    const large = await costMs(() => work(size * SCALE));
    times = Math.min(times, large < LEAST_MS ? 1 : large / small);
    if (times < MOST_TIMES) break;
  }
  expect(times).toBeLessThan(MOST_TIMES);
}

async function costMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Texts of a language: its words and signs in any order, with some noise between them. */
export const wordsOf = (...words: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...words) },
        fc.string({ unit: 'binary', maxLength: 4 }),
      ),
      {
        maxLength: 40,
      },
    )
    .map((parts) => parts.join(''));

/** A text that was right, until somebody cut, doubled, swapped or replaced some of it. */
export const broken = (...right: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...right),
      fc.array(fc.tuple(fc.nat(), fc.nat(12), noise), { minLength: 1, maxLength: 4 }),
    )
    .map(([text, edits]) =>
      edits.reduce((now, [at, length, put]) => {
        const start = at % (now.length + 1);
        return now.slice(0, start) + put + now.slice(start + length);
      }, text),
    );

const noise = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom(
    '',
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\0',
    '\n',
    '-1',
    '1e999',
    'null',
    '__proto__',
    '\ud800',
  ),
);

/** The bytes of a text that was right, with some of them changed: what is no UTF-8 too. */
export const brokenBytes = (...right: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      fc.constantFrom(...right),
      fc.array(fc.tuple(fc.nat(), fc.nat(8), fc.uint8Array({ maxLength: 4 })), {
        minLength: 1,
        maxLength: 4,
      }),
    )
    .map(([bytes, edits]) =>
      edits.reduce<Uint8Array>((now, [at, length, put]) => {
        const start = at % (now.length + 1);
        return Buffer.concat([now.subarray(0, start), put, now.subarray(start + length)]);
      }, bytes),
    );

/** Any JSON, and JSON that is deeper than a stack. */
export const anyJson = fc.oneof(
  { weight: 10, arbitrary: fc.json({ maxDepth: 4 }) },
  fc.constantFrom(...[10, 100, 20_000].map((depth) => '['.repeat(depth) + ']'.repeat(depth))),
  fc.constant(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
);
