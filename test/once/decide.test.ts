import { describe, expect, it } from 'vitest';
import type { Claim } from '../../src/once/claim.ts';
import {
  type ClaimCommand,
  decideClaim,
  decideDoubt,
  decideRecord,
  decideRelease,
  type Ruling,
} from '../../src/once/decide.ts';
import { at, DOUBTED, EXPIRED, HOUR, MOMENT, OVER, RECORDED, RELEASED, RUNNING } from './some-claims.ts';

const [MINE, OTHER] = ['a'.repeat(64), 'b'.repeat(64)];
const { payload: _, ...UNTOLD } = RUNNING;
/** What is written says the time of the ledger, where that is ahead of our clock. */
const WRITTEN = at(2000);

describe('a claim', () => {
  const COMMAND: ClaimCommand = {
    holder: { actor: 'host:build-7', run: { id: '8', attempt: 2 } },
    leaseMs: 60_000,
    windowMs: 2 * HOUR,
    payload: MINE,
  };
  const FRESH: Claim = {
    schemaVersion: 1,
    state: 'claimed',
    generation: 1,
    fence: 50,
    holder: COMMAND.holder as Claim['holder'],
    clock: 'here',
    claimedAt: WRITTEN,
    leaseUntil: at(62_000),
    windowMs: 2 * HOUR,
    payload: MINE,
  };
  const rule = (claim: Claim | undefined, command: Partial<ClaimCommand> = {}) =>
    decideClaim(claim, { ...COMMAND, ...command }, 50, MOMENT);

  const { reason: _, ...byHolder } = RELEASED;
  it.each<[string, Claim | undefined, number]>([
    ['was never claimed', undefined, 1],
    ['was released by its holder', byHolder, 4],
    ['was recorded a window ago', OVER, 4],
  ])('of a key that %s is granted, and keeps nothing of the one before', (_, claim, generation) => {
    expect(rule(claim)).toEqual({ kind: 'granted', claim: { ...FRESH, generation } });
  });

  it.each<[string, Claim]>([
    ['a person released', RELEASED],
    ['was in doubt for a whole window', { ...DOUBTED, leaseUntil: at(-HOUR) }],
    ['was claimed a window ago, and nobody said how that ended', { ...RUNNING, leaseUntil: at(-HOUR) }],
  ])('of a key that %s is granted, and remembers that its holder may still come', (_, claim) => {
    expect(rule(claim)).toEqual({ kind: 'granted', claim: { ...FRESH, generation: 4, afterDoubt: true } });
  });

  it('is granted without a run and without a payload where there is none', () => {
    const { payload: _, ...bare } = FRESH;
    const holder = { actor: 'host:build-7' };
    const ruling = rule(undefined, { holder: { ...holder, run: undefined }, payload: undefined });
    expect(ruling).toStrictEqual({ kind: 'granted', claim: { ...bare, holder } });
  });

  it.each<[string, Claim, Ruling]>([
    ['somebody works on is refused', RUNNING, { kind: 'refused', why: 'busy', claim: RUNNING }],
    ['is recorded is done already', RECORDED, { kind: 'already', claim: RECORDED }],
    ['is in doubt is refused', DOUBTED, { kind: 'refused', why: 'in-doubt', claim: DOUBTED }],
    [
      'turns out to be in doubt is refused, and the doubt is written down',
      EXPIRED,
      {
        kind: 'doubted',
        claim: { ...EXPIRED, state: 'in-doubt', reason: 'lease-expired', settledAt: WRITTEN },
      },
    ],
  ])('of a key that %s', (_, claim, ruling) => {
    expect(rule(claim)).toEqual(ruling);
  });

  it.each([RUNNING, RECORDED, DOUBTED, EXPIRED])(
    'with another payload is refused, however the first one ended',
    (claim) => {
      const ruling = { kind: 'refused', why: 'other-payload', claim, payload: OTHER };
      expect(rule(claim, { payload: OTHER })).toEqual(ruling);
    },
  );

  it('with another payload is granted once the key is free', () => {
    expect(rule(OVER, { payload: OTHER }).kind).toBe('granted');
  });

  it('is compared by payload only where both have one', () => {
    expect(rule(RUNNING, { payload: undefined })).toMatchObject({ why: 'busy' });
    expect(rule(UNTOLD)).toMatchObject({ why: 'busy' });
  });
});

describe('a record', () => {
  const recorded = (claim: Claim) => {
    const { reason: _, ...rest } = claim;
    return { ...rest, state: 'recorded', settledAt: WRITTEN, clock: 'here' };
  };
  const elsewhere = { ...RUNNING, clock: 'there' };
  it.each<[string, Claim | undefined, number | undefined, unknown]>([
    ['of what was never claimed is refused', undefined, 41, { why: 'not-claimed', claim: undefined }],
    ['of what was released is refused', RELEASED, 41, { why: 'not-claimed', claim: RELEASED }],
    ['by an old fence is refused', RUNNING, 40, { why: 'stale-fence', claim: RUNNING }],
    ['by a fence that is yet to come is refused', RUNNING, 42, { why: 'stale-fence', claim: RUNNING }],
    [
      'of a recorded effect by another fence is refused',
      RECORDED,
      40,
      { why: 'stale-fence', claim: RECORDED },
    ],
    ['by its fence is written', RUNNING, 41, { from: 'claimed', claim: recorded(RUNNING) }],
    [
      'without a fence is written while the lease runs',
      RUNNING,
      undefined,
      { from: 'claimed', claim: recorded(RUNNING) },
    ],
    [
      'without a fence is refused while the holder before may still come',
      { ...RUNNING, afterDoubt: true },
      undefined,
      { why: 'needs-fence', claim: { ...RUNNING, afterDoubt: true } },
    ],
    [
      'by its fence is written then too',
      { ...RUNNING, afterDoubt: true },
      41,
      { from: 'claimed', claim: recorded({ ...RUNNING, afterDoubt: true }) },
    ],
    ['of another host’s claim is of our clock', elsewhere, 41, { from: 'claimed', claim: recorded(RUNNING) }],
    [
      'by its fence settles what turns out to be in doubt',
      EXPIRED,
      41,
      { from: 'in-doubt', claim: recorded(EXPIRED) },
    ],
    [
      'by its fence settles a doubt, whose reason is gone',
      DOUBTED,
      41,
      { from: 'in-doubt', claim: recorded(DOUBTED) },
    ],
    ['without a fence settles no doubt', DOUBTED, undefined, { why: 'needs-fence', claim: DOUBTED }],
    [
      'without a fence comes too late after the lease',
      EXPIRED,
      undefined,
      { why: 'needs-fence', claim: EXPIRED },
    ],
    ['of a recorded effect changes nothing', RECORDED, 41, { kind: 'already', claim: RECORDED }],
    [
      'of a recorded effect without a fence changes nothing',
      RECORDED,
      undefined,
      { kind: 'already', claim: RECORDED },
    ],
  ])('%s', (_, claim, fence, ruling) => {
    expect(decideRecord(claim, fence, MOMENT)).toEqual(whole(ruling));
  });
});

describe('a release', () => {
  const released = (claim: Claim) => {
    const { reason: _, ...rest } = claim;
    return { ...rest, state: 'released', settledAt: WRITTEN, clock: 'here' };
  };
  const byHand = (claim: Claim) => ({ ...released(claim), reason: 'by-hand' });
  it.each<[string, Claim | undefined, number | undefined, boolean, unknown]>([
    ['of what was never claimed is refused', undefined, 41, true, { why: 'not-claimed', claim: undefined }],
    ['of what was released changes nothing', RELEASED, 40, false, { kind: 'already', claim: RELEASED }],
    ['by another fence is refused', RUNNING, 40, true, { why: 'stale-fence', claim: RUNNING }],
    ['of a doubt by another fence is refused', DOUBTED, 42, true, { why: 'stale-fence', claim: DOUBTED }],
    ['of a recorded effect is refused', RECORDED, 41, true, { why: 'recorded', claim: RECORDED }],
    [
      'without a fence is refused while the lease runs',
      RUNNING,
      undefined,
      true,
      { why: 'needs-fence', claim: RUNNING },
    ],
    ['by its fence frees the key', RUNNING, 41, false, { from: 'claimed', claim: released(RUNNING) }],
    [
      'by its fence needs no confirmation, and is the holder’s with it too',
      RUNNING,
      41,
      true,
      { from: 'claimed', claim: released(RUNNING) },
    ],
    [
      'of a doubt needs confirmation',
      DOUBTED,
      undefined,
      false,
      { why: 'needs-confirmation', claim: DOUBTED },
    ],
    [
      'of a doubt needs confirmation by its fence too',
      DOUBTED,
      41,
      false,
      { why: 'needs-confirmation', claim: DOUBTED },
    ],
    [
      'of what turns out to be in doubt needs confirmation',
      EXPIRED,
      41,
      false,
      { why: 'needs-confirmation', claim: EXPIRED },
    ],
    ['of a doubt is by hand', DOUBTED, undefined, true, { from: 'in-doubt', claim: byHand(DOUBTED) }],
    [
      'of what turns out to be in doubt is by hand',
      EXPIRED,
      41,
      true,
      { from: 'in-doubt', claim: byHand(EXPIRED) },
    ],
  ])('%s', (_, claim, fence, confirmed, ruling) => {
    expect(decideRelease(claim, { fence, confirmed }, MOMENT)).toEqual(whole(ruling));
  });
});

describe('a doubt', () => {
  const doubted = { state: 'in-doubt', reason: 'job-ended', settledAt: WRITTEN };
  it.each<[string, Claim | undefined, number, unknown]>([
    ['of what was never claimed is refused', undefined, 41, { why: 'not-claimed', claim: undefined }],
    ['of what was released is refused', RELEASED, 41, { why: 'not-claimed', claim: RELEASED }],
    ['by another fence is refused', RUNNING, 40, { why: 'stale-fence', claim: RUNNING }],
    [
      'is written down, and leaves the lease’s end as it is',
      RUNNING,
      41,
      { kind: 'doubted', claim: { ...RUNNING, ...doubted } },
    ],
    [
      'after the lease has the holder’s reason',
      EXPIRED,
      41,
      { kind: 'doubted', claim: { ...EXPIRED, ...doubted } },
    ],
    ['of a doubt changes nothing', DOUBTED, 41, { kind: 'already', claim: DOUBTED }],
    ['of a recorded effect changes nothing', RECORDED, 41, { kind: 'already', claim: RECORDED }],
  ])('%s', (_, claim, fence, ruling) => {
    expect(decideDoubt(claim, fence, 'job-ended', MOMENT)).toEqual(whole(ruling));
  });
});

/** Spares the tables the kind: with a reason it is a refusal, and with where it comes from a settlement. */
function whole(ruling: unknown): unknown {
  const given = ruling as object;
  if ('why' in given) return { kind: 'refused', ...given };
  return 'from' in given ? { kind: 'settled', ...given } : given;
}
