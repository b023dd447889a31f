import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/ledger/ledger.ts';
import type { Claim } from '../../src/once/claim.ts';
import { isRefused, type Key, type Rule, recordsOf, ruleOnKeys } from '../../src/once/claims.ts';
import { decideClaim, decideRelease, type Ruling } from '../../src/once/decide.ts';
import { claimPath, fingerprints } from '../../src/once/key.ts';
import { KEYED_BY_PATH } from '../../src/once/keyed-by.ts';
import type { Json } from '../../src/proof/schema.ts';
import { at, DOUBTED, EXPIRED, HOUR, MOMENT, OVER, RECORDED, RUNNING } from './some-claims.ts';

const PLAIN = fingerprints(undefined);
const SECRET = fingerprints('a long random text');
const KEYED_BY = { schemaVersion: 1, keyedBy: PLAIN.keyedBy, plainBefore: false };

const keyOf = (name: string, label?: string): Key => ({ name, canonical: `key ${name}`, label });
const [A, B, C] = [keyOf('a'), keyOf('b', 'invite'), keyOf('c')];
const digestOf = ({ canonical }: Key, scheme = PLAIN): string => scheme.of(canonical);
const pathOf = (key: Key, scheme = PLAIN): string => claimPath(digestOf(key, scheme));

/** A ledger that holds these records and whose fingerprints are known to be plain. */
const holding = (records: Readonly<Record<string, Json>>): Snapshot => {
  const all = new Map(Object.entries({ [KEYED_BY_PATH]: KEYED_BY, ...records }));
  return {
    version: 'v',
    ledgerId: 'l',
    seq: 49,
    entries: 60,
    lastAtMs: MOMENT.writtenMs,
    get: async (path) => all.get(path),
    list: async (prefix) => new Map([...all].filter(([path]) => path.startsWith(prefix))),
  };
};
const claimsOf = (claims: readonly (readonly [Key, Claim])[]): Record<string, Json> =>
  Object.fromEntries(claims.map(([key, claim]) => [pathOf(key), claim as Json]));

const GRANTED: Claim = {
  schemaVersion: 1,
  state: 'claimed',
  generation: 1,
  fence: 50,
  holder: { actor: 'me' },
  clock: 'here',
  claimedAt: at(2000),
  leaseUntil: at(62_000),
  windowMs: HOUR,
};
const toClaim =
  (fence = 50): Rule =>
  (claim) =>
    decideClaim(
      claim,
      { holder: { actor: 'me' }, leaseMs: 60_000, windowMs: HOUR, payload: undefined },
      fence,
      MOMENT,
    );
const toRelease: Rule = (claim) => decideRelease(claim, { fence: 41, confirmed: true }, MOMENT);

const decide = (
  claims: readonly (readonly [Key, Claim])[],
  keys: readonly Key[],
  rule: Rule,
  { fence = 50, mine = PLAIN, more = {} as Record<string, Json>, note = {} as Record<string, Json> } = {},
) =>
  ruleOnKeys(holding({ ...claimsOf(claims), ...more }), { keys, mine }, rule, {
    moment: MOMENT,
    fence,
    note,
  });

const ruled = (key: Key, ruling: Ruling) => ({ key, path: pathOf(key), ruling });
const withheld = (key: Key) => ruled(key, { kind: 'refused', why: 'withheld', claim: undefined });

describe('a decision about several keys', () => {
  it('grants what is free, leaves alone what is done, and says so of each', async () => {
    expect(await decide([[A, RECORDED]], [A, B, C], toClaim())).toStrictEqual({
      entries: [
        {
          kind: 'claim-granted',
          key: digestOf(B),
          ...{ generation: 1, fence: 50, leaseUntil: at(62_000), windowMs: HOUR },
          action: 'invite',
        },
        {
          kind: 'claim-granted',
          key: digestOf(C),
          ...{ generation: 1, fence: 50, leaseUntil: at(62_000), windowMs: HOUR },
        },
      ],
      records: { [pathOf(B)]: GRANTED, [pathOf(C)]: GRANTED },
      subject: `claim invite ${digestOf(B).slice(0, 12)} and 1 more`,
      verdict: [
        ruled(A, { kind: 'already', claim: RECORDED }),
        ruled(B, { kind: 'granted', claim: GRANTED }),
        ruled(C, { kind: 'granted', claim: GRANTED }),
      ],
    });
  });

  it('writes nothing when all of them are done already', async () => {
    expect(await decide([[A, RECORDED]], [A], toClaim())).toStrictEqual({
      entries: [],
      verdict: [ruled(A, { kind: 'already', claim: RECORDED })],
    });
  });

  it('writes nothing when one is refused, and tells of the others that they were withheld', async () => {
    const claims = [[A, RECORDED] as const, [B, RUNNING] as const];
    expect(await decide(claims, [A, B, C], toClaim())).toStrictEqual({
      entries: [],
      verdict: [
        ruled(A, { kind: 'already', claim: RECORDED }),
        ruled(B, { kind: 'refused', why: 'busy', claim: RUNNING }),
        withheld(C),
      ],
    });
  });

  it('writes a doubt down that it came upon, and nothing else', async () => {
    const doubt: Claim = { ...EXPIRED, state: 'in-doubt', reason: 'lease-expired', settledAt: at(2000) };
    expect(await decide([[B, EXPIRED]], [A, B], toClaim())).toStrictEqual({
      entries: [
        {
          kind: 'claim-in-doubt',
          key: digestOf(B),
          ...{ generation: 3, fence: 41, payload: RUNNING.payload, reason: 'lease-expired' },
          action: 'invite',
        },
      ],
      records: { [pathOf(B)]: doubt },
      subject: `doubt invite ${digestOf(B).slice(0, 12)}`,
      verdict: [withheld(A), ruled(B, { kind: 'doubted', claim: doubt })],
    });
  });

  it('says of what it settled where that came from, and what else the caller notes', async () => {
    const { reason: _, ...rest } = DOUBTED;
    const released: Claim = { ...rest, state: 'released', settledAt: at(2000), reason: 'by-hand' };
    expect(await decide([[A, DOUBTED]], [A], toRelease, { note: { because: 'asked' } })).toStrictEqual({
      entries: [
        {
          kind: 'claim-released',
          key: digestOf(A),
          ...{ generation: 3, fence: 41, payload: RUNNING.payload, reason: 'by-hand' },
          from: 'in-doubt',
          because: 'asked',
        },
      ],
      records: { [pathOf(A)]: released },
      subject: `release ${digestOf(A).slice(0, 12)}`,
      verdict: [ruled(A, { kind: 'settled', from: 'in-doubt', claim: released })],
    });
  });

  it('settles nothing when one of them is refused', async () => {
    expect(await decide([[A, RUNNING]], [A, B], toRelease)).toStrictEqual({
      entries: [],
      verdict: [withheld(A), ruled(B, { kind: 'refused', why: 'not-claimed', claim: undefined })],
    });
  });
});

describe('a decision about keys in a ledger with a secret', () => {
  const SECRETLY = { [KEYED_BY_PATH]: { ...KEYED_BY, keyedBy: SECRET.keyedBy, plainBefore: true } };
  const decideSecretly = (rule: Rule, more: Record<string, Json>) =>
    decide([], [A], rule, { mine: SECRET, more: { ...SECRETLY, ...more } });

  it('counts the claim that blocks, under whichever fingerprint it stands', async () => {
    const schemes: string[] = [];
    const rule: Rule = (claim, scheme) => {
      schemes.push(scheme.keyedBy);
      return toClaim()(claim, scheme);
    };
    const { verdict } = await decideSecretly(rule, { [pathOf(A)]: RUNNING as Json });
    expect(verdict).toEqual([ruled(A, { kind: 'refused', why: 'busy', claim: RUNNING })]);
    expect(schemes).toEqual([PLAIN.keyedBy]);
  });

  it('goes by the ledger’s own fingerprint where nothing blocks', async () => {
    const decision = await decideSecretly(toClaim(), { [pathOf(A)]: OVER as Json });
    expect(decision.records).toEqual({ [pathOf(A, SECRET)]: GRANTED });
    expect(decision.verdict).toEqual([
      { key: A, path: pathOf(A, SECRET), ruling: { kind: 'granted', claim: GRANTED } },
    ]);
  });

  it('names the secret with the first change', async () => {
    const decision = await decide([], [A], toClaim(), { mine: SECRET });
    expect(decision.records).toStrictEqual({
      [KEYED_BY_PATH]: { schemaVersion: 1, keyedBy: SECRET.keyedBy, plainBefore: true },
      [pathOf(A, SECRET)]: GRANTED,
    });
  });
});

describe('a decision whose turn it is to remove old claims', () => {
  /** The transaction 16 · n looks through one folder: that of this key. */
  const fence = 16 * (256 + Number.parseInt(digestOf(A).slice(0, 2), 16));
  const old: Claim = { ...RECORDED, settledAt: at(-9 * 24 * HOUR) };
  const stale = `claims/${digestOf(A).slice(0, 2)}/${'0'.repeat(62)}`;

  it('removes them beside what it grants, and names them in an entry of their own', async () => {
    const decision = await decide([], [B], toClaim(fence), { fence, more: { [stale]: old as Json } });
    const granted = { ...GRANTED, fence };
    expect(decision).toMatchObject({
      entries: [
        { kind: 'claim-granted' },
        { kind: 'claims-pruned', keys: [stale.slice('claims/'.length).replace('/', '')] },
      ],
      records: { [stale]: null, [pathOf(B)]: granted },
      subject: `claim invite ${digestOf(B).slice(0, 12)}`,
    });
    expect(decision.entries).toHaveLength(2);
  });

  it('does not remove what it grants itself', async () => {
    const decision = await decide([[A, old]], [A], toClaim(fence), { fence });
    expect(decision.entries.map(({ kind }) => kind)).toEqual(['claim-granted']);
    expect(decision.records).toEqual({ [pathOf(A)]: { ...GRANTED, fence, generation: 4 } });
  });

  it('removes nothing where nothing is granted', async () => {
    const decision = await decide([[B, RUNNING]], [B], toClaim(fence), {
      fence,
      more: { [stale]: old as Json },
    });
    expect(decision.entries).toEqual([]);
    expect(decision.records).toBeUndefined();
  });
});

it('the records that a ruling looks at are those of its keys, and the name of the secret', () => {
  expect(recordsOf({ keys: [A, B], mine: SECRET })).toEqual([
    KEYED_BY_PATH,
    pathOf(A, SECRET),
    pathOf(B, SECRET),
  ]);
});

it('a key counts as refused where a doubt was come upon too', () => {
  const claim = RUNNING;
  const rulings: readonly Ruling[] = [
    { kind: 'granted', claim },
    { kind: 'settled', claim, from: 'claimed' },
    { kind: 'already', claim },
    { kind: 'doubted', claim },
    { kind: 'refused', why: 'busy', claim },
  ];
  const refused = rulings.filter((ruling) => isRefused(ruled(A, ruling))).map(({ kind }) => kind);
  expect(refused).toEqual(['doubted', 'refused']);
});
