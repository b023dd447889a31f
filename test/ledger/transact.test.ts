import { expect, test } from 'vitest';
import { expecting } from '../../src/ledger/expectation.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/memory.ts';
import { type Decide, transact } from '../../src/ledger/transact.ts';
import { inconclusive } from '../../src/proof/errors.ts';
import { append, errorOf, fakeClock, numbersIn } from './fixtures.ts';

const START = Date.UTC(2026, 0, 15, 12);
const note: Decide<string> = () => ({ entries: [{ kind: 'note' }], verdict: 'noted' });

/** A ledger on which somebody else wins the first `times` races. */
function contested(times: number): { ledger: Ledger; commits: number } {
  const inner = memoryLedger();
  const state = { commits: 0 };
  const ledger: Ledger = {
    ...inner,
    async commit(at, change) {
      state.commits += 1;
      if (state.commits <= times) await append(inner, state.commits, 1_000, fakeClock(START));
      return inner.commit(at, change);
    },
  };
  return Object.assign(state, { ledger });
}

test('a lost race is read and decided again, on the state that won', async () => {
  const { ledger } = contested(3);
  const clock = fakeClock(START);
  const seen: number[] = [];
  const done = await transact(ledger, { clock, actor: 'a' }, (snapshot, { seq }) => {
    seen.push(snapshot.seq);
    return { entries: [{ kind: 'thing', n: 100 }], verdict: seq };
  });
  expect(seen).toEqual([0, 1, 2, 3]);
  expect(done).toMatchObject({ attempts: 4, seq: 4, verdict: 4, committed: true });
  expect(await numbersIn(ledger)).toEqual([1, 2, 3, 100]);
});

test('waits grow with full jitter between 0 and 5 s', async () => {
  const { ledger } = contested(9);
  const clock = fakeClock(START);
  const random = { id: () => crypto.randomUUID(), unit: () => 0.999_999 };
  await transact(ledger, { clock, actor: 'a', random, deadlineMs: 60_000 }, note);
  expect(clock.slept.map((ms) => Math.round(ms))).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
});

test('endless lost races end in inconclusive at the deadline, with nothing written', async () => {
  const { ledger } = contested(Number.POSITIVE_INFINITY);
  const error = await errorOf(
    transact(ledger, { clock: fakeClock(START), actor: 'a', deadlineMs: 2_000 }, note),
  );
  expect(error).toMatchObject({ code: 'ledger-busy', outcome: 'inconclusive' });
  for await (const entry of ledger.history()) expect(entry.kind).not.toBe('note');
});

/** A ledger that can't be read the first `times` times. */
function unreachable(times: number, code = 'store-unreachable'): Ledger {
  const inner = memoryLedger();
  let reads = 0;
  return {
    ...inner,
    read: async (...given) => {
      reads += 1;
      if (reads <= times) throw inconclusive(code, 'nobody there');
      return inner.read(...given);
    },
  };
}

test('what has happened is written down as soon as the store can be reached again', async () => {
  const clock = fakeClock(START);
  const settling = { clock, actor: 'a', settles: true, deadlineMs: 60_000 };
  const done = await transact(unreachable(6), settling, note);
  expect(done).toMatchObject({ committed: true, attempts: 7 });
  // To its deadline, and not for what no waiting mends.
  const never = await errorOf(transact(unreachable(Number.POSITIVE_INFINITY), settling, note));
  expect(never).toMatchObject({ code: 'store-unreachable', outcome: 'inconclusive' });
  expect(clock.at - START).toBeGreaterThan(60_000);
  const wrong = await errorOf(transact(unreachable(1, 'store-auth'), settling, note));
  expect(wrong).toMatchObject({ code: 'store-auth' });
  // What has not happened yet is not begun late.
  const { settles: _, ...beginning } = settling;
  expect(await errorOf(transact(unreachable(1), beginning, note))).toMatchObject({
    code: 'store-unreachable',
  });
});

test('a wanted ledger that is absent or another one is lost, and nothing is decided', async () => {
  const ledger = memoryLedger();
  const clock = fakeClock(START);
  let decided = 0;
  const decide: Decide<null> = () => {
    decided += 1;
    return { entries: [{ kind: 'note' }], verdict: null };
  };
  const wanted = { clock, actor: 'a', ledgerId: '11111111-1111-4111-8111-111111111111' };
  expect(await errorOf(transact(ledger, wanted, decide))).toMatchObject({
    code: 'ledger-lost',
    outcome: 'inconclusive',
  });
  expect((await ledger.read()).version).toBeNull();
  const { ledgerId } = await transact(ledger, { clock, actor: 'a' }, note);
  expect(await errorOf(transact(ledger, wanted, decide))).toMatchObject({ code: 'ledger-lost' });
  const guarded = expecting(ledger, wanted.ledgerId);
  for (const work of [
    guarded.read(),
    guarded.contains('1'),
    numbersIn(guarded),
    transact(guarded, { clock, actor: 'a' }, decide),
  ]) {
    expect(await errorOf(work)).toMatchObject({ code: 'ledger-lost' });
  }
  expect(decided).toBe(0);
  await transact(ledger, { ...wanted, ledgerId: ledgerId ?? '' }, decide);
  expect(decided).toBe(1);
});

test('time never runs backwards: now is the later of the clock and the newest entry', async () => {
  const ledger = memoryLedger();
  await transact(ledger, { clock: fakeClock(START), actor: 'a' }, note);
  const done = await transact(ledger, { clock: fakeClock(START - 9 * 60_000), actor: 'a' }, (_, { now }) => ({
    entries: [{ kind: 'note' }],
    verdict: now,
  }));
  expect(done).toMatchObject({ verdict: START, at: START });
  expect((await ledger.read()).lastAtMs).toBe(START);
});

test('entries from more than ten minutes ahead are a ledger error', async () => {
  const ledger = memoryLedger();
  await transact(ledger, { clock: fakeClock(START), actor: 'a' }, note);
  const late = { clock: fakeClock(START - 10 * 60_000 - 1), actor: 'a' };
  expect(await errorOf(transact(ledger, late, note))).toMatchObject({
    code: 'ledger-future',
    outcome: 'inconclusive',
  });
  await transact(ledger, { clock: fakeClock(START - 10 * 60_000), actor: 'a' }, note);
});

test("a store's own clock gives the time to everybody", async () => {
  const inner = memoryLedger();
  const ledger: Ledger = { ...inner, read: async () => ({ ...(await inner.read()), storeNowMs: START + 7 }) };
  const done = await transact(ledger, { clock: fakeClock(0), actor: 'a' }, (_, context) => ({
    entries: [],
    verdict: context,
  }));
  expect(done.verdict).toEqual({ now: START + 7, seq: 1, oneClock: true });
});

test('entries are stamped alike, and a body may not speak for the envelope', async () => {
  const ledger = memoryLedger();
  const clock = fakeClock(START);
  await transact(ledger, { clock, actor: 'github:octocat', run: { id: '1' } }, note);
  for await (const entry of ledger.history()) {
    expect(entry).toMatchObject({
      schemaVersion: 1,
      at: new Date(START).toISOString(),
      actor: 'github:octocat',
      run: { id: '1' },
    });
  }
  const forged: Decide<null> = () => ({ entries: [{ kind: 'note', at: 'yesterday' }], verdict: null });
  await expect(transact(ledger, { clock, actor: 'a' }, forged)).rejects.toThrow(TypeError);
});

test('records cannot change without an entry that says so', async () => {
  const decide: Decide<null> = () => ({ entries: [], records: { 'a/b': 1 }, verdict: null });
  await expect(transact(memoryLedger(), { clock: fakeClock(START), actor: 'a' }, decide)).rejects.toThrow(
    TypeError,
  );
});

test('an aborted transaction stops before it reads', async () => {
  const reason = new Error('cancelled');
  const options = { clock: fakeClock(START), actor: 'a', signal: AbortSignal.abort(reason) };
  await expect(transact(memoryLedger(), options, note)).rejects.toBe(reason);
});

test('what a decider throws is thrown on, and nothing is written', async () => {
  const ledger = memoryLedger();
  const bug = new RangeError('a bug');
  await expect(
    transact(ledger, { clock: fakeClock(START), actor: 'a' }, () => Promise.reject(bug)),
  ).rejects.toBe(bug);
  expect((await ledger.read()).version).toBeNull();
});
