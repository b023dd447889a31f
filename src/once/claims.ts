import type { Snapshot } from '../ledger/ledger.ts';
import type { Moment } from '../ledger/moment.ts';
import type { Decision } from '../ledger/transact.ts';
import type { Json } from '../proof/schema.ts';
import { type Claim, stateAt } from './claim.ts';
import { entryOfClaim, keyOfPath, readClaim, shortKey } from './claim-record.ts';
import type { Ruling } from './decide.ts';
import { claimPath, type Fingerprints } from './key.ts';
import { KEYED_BY_PATH, readKeyedBy } from './keyed-by.ts';
import { prunableClaims } from './prune-claims.ts';

/** A key as the caller knows it, and as the ledger does. */
export interface Key {
  readonly name: string;
  readonly canonical: string;
  /** What kind of effect, where that is harmless to show. */
  readonly label: string | undefined;
}

/** The keys of one call, and the fingerprints that stand for them in the ledger. */
export interface Keys {
  readonly keys: readonly Key[];
  readonly mine: Fingerprints;
}

/** The records that a ruling on these keys will look at, as far as is known before the ledger is read. */
export const recordsOf = ({ keys, mine }: Keys): string[] => [
  KEYED_BY_PATH,
  ...keys.map((key) => claimPath(mine.of(key.canonical))),
];

export interface Ruled {
  readonly key: Key;
  readonly path: string;
  readonly ruling: Ruling;
}

/** Rules on one key's claim. `scheme` makes the fingerprints that this claim is, or would be, written with. */
export type Rule = (claim: Claim | undefined, scheme: Fingerprints) => Ruling;

export interface Circumstances {
  readonly moment: Moment;
  /** The number of the transaction that this would be. */
  readonly fence: number;
  /** What the entries say besides. */
  readonly note?: Readonly<Record<string, Json>>;
}

/**
 * Rules on several keys as one decision: everything or nothing. If any is refused, none is granted (but a doubt that was
 * noticed is written down); otherwise those that are free are granted, and those that are done are left alone.
 */
export async function ruleOnKeys(
  snapshot: Snapshot,
  { keys, mine }: Keys,
  rule: Rule,
  { moment, fence, note = {} }: Circumstances,
): Promise<Decision<readonly Ruled[]>> {
  const { schemes, toWrite } = await readKeyedBy(snapshot, mine);
  const each: Ruled[] = [];
  for (const key of keys) {
    const { path, claim, scheme } = await findClaim(snapshot, key, schemes, moment);
    each.push({ key, path, ruling: rule(claim, scheme) });
  }
  const ruled = each.some(isRefused) ? each.map(withhold) : each;
  const changing = ruled.filter(isChanging);
  const [first] = changing;
  if (!first) return { entries: [], verdict: ruled };
  const changed = Object.fromEntries(changing.map(({ path, ruling }) => [path, ruling.claim as Json]));
  const pruned = (await prunableClaims(snapshot, moment.nowMs, fence)).filter(
    (path) => !Object.hasOwn(changed, path),
  );
  return {
    entries: [
      ...changing.map((ruled) => entryOf(ruled, note)),
      ...(pruned.length > 0 ? [{ kind: 'claims-pruned', keys: pruned.map(keyOfPath) }] : []),
    ],
    records: { ...toWrite, ...Object.fromEntries(pruned.map((path) => [path, null])), ...changed },
    subject: subjectOf(first, changing.length - 1),
    verdict: ruled,
  };
}

/** The claim that counts for a key: one that blocks, wherever it stands, before one that does not. */
async function findClaim(snapshot: Snapshot, key: Key, schemes: readonly Fingerprints[], moment: Moment) {
  const places = await Promise.all(
    schemes.map(async (scheme) => {
      const path = claimPath(scheme.of(key.canonical));
      return { scheme, path, claim: readClaim(await snapshot.get(path), path) };
    }),
  );
  const [own] = places;
  if (!own) throw new TypeError('a ledger has at least one scheme');
  return places.find(({ claim }) => stateAt(claim, moment) !== 'free') ?? own;
}

/** A ruling that changes the ledger. */
interface Changing extends Ruled {
  readonly ruling: Extract<Ruling, { readonly kind: 'granted' | 'settled' | 'doubted' }>;
}
const isChanging = (ruled: Ruled): ruled is Changing =>
  ruled.ruling.kind !== 'already' && ruled.ruling.kind !== 'refused';

export const isRefused = ({ ruling: { kind } }: Ruled): boolean => kind === 'refused' || kind === 'doubted';

function withhold(ruled: Ruled): Ruled {
  const { kind } = ruled.ruling;
  if (kind !== 'granted' && kind !== 'settled') return ruled;
  return { ...ruled, ruling: { kind: 'refused', why: 'withheld', claim: undefined } };
}

function entryOf({ key, path, ruling }: Changing, note: Readonly<Record<string, Json>>) {
  return entryOfClaim(path, ruling.claim, {
    ...(key.label === undefined ? {} : { action: key.label }),
    ...(ruling.kind === 'settled' ? { from: ruling.from } : {}),
    ...note,
  });
}

const VERBS = { claimed: 'claim', recorded: 'record', released: 'release', 'in-doubt': 'doubt' } as const;

/** `claim invite 3f9a1c0b2d4e`, and how many more. */
function subjectOf({ ruling, key, path }: Changing, more: number): string {
  const words = [VERBS[ruling.claim.state], key.label, shortKey(path)];
  return [...words, more > 0 ? `and ${more} more` : undefined].filter((word) => word !== undefined).join(' ');
}
