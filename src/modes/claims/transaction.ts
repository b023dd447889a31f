import type { Ledger } from '../../ledger/ledger.ts';
import type { Moment } from '../../ledger/moment.ts';
import { type Transacted, type TransactOptions, transact } from '../../ledger/transact.ts';
import { type Claim, leaseEndsMs } from '../../once/claim.ts';
import { type Key, type Keys, type Ruled, recordsOf, ruleOnKeys } from '../../once/claims.ts';
import { decideClaim, type Ruling } from '../../once/decide.ts';
import type { Fingerprints } from '../../once/key.ts';
import { clockId } from '../../ports/clock-id.ts';
import type { Json } from '../../proof/schema.ts';
import type { Ports } from '../mode.ts';
import { type StoreInput, transactOptions } from '../store.ts';

export type ClaimTransaction = Transacted<readonly Ruled[]>;

export type SettleRule = (claim: Claim | undefined, moment: Moment) => Ruling;

type Given = StoreInput & { readonly 'max-skew': number };

interface ClaimGiven extends Given {
  readonly lease: number;
  readonly window: number;
  readonly payload?: string | undefined;
}

/** Asks for all the keys, in one transaction. */
export const claimKeys = (
  ledger: Ledger,
  keys: Keys,
  given: ClaimGiven,
  ports: Ports,
): Promise<ClaimTransaction> =>
  transactClaims(ledger, keys, given, ports, (claim, moment, fence, scheme) =>
    decideClaim(
      claim,
      {
        holder: ports.holder,
        leaseMs: given.lease,
        windowMs: given.window,
        payload: given.payload === undefined ? undefined : scheme.of(given.payload),
      },
      fence,
      moment,
    ),
  );

/** Ends the claims of all the keys by one rule, in one transaction. */
export const settleKeys = (
  ledger: Ledger,
  keys: Keys,
  given: Given,
  ports: Ports,
  rule: SettleRule,
  more?: More,
): Promise<ClaimTransaction> => transactClaims(ledger, keys, given, ports, rule, more);

interface More {
  /** What else its entries say. */
  readonly note?: Readonly<Record<string, Json>>;
  /** Default: those of any transaction of the run. */
  readonly options?: TransactOptions;
}

function transactClaims(
  ledger: Ledger,
  keys: Keys,
  given: Given,
  ports: Ports,
  rule: (claim: Claim | undefined, moment: Moment, fence: number, scheme: Fingerprints) => Ruling,
  { note = {}, options = transactOptions(given, ports) }: More = {},
): Promise<ClaimTransaction> {
  const momentOf = moments(given, ports);
  return transact(
    ledger,
    { ...options, likely: recordsOf(keys) },
    (snapshot, { now, seq: fence, oneClock }) => {
      const moment = momentOf(now, oneClock);
      return ruleOnKeys(snapshot, keys, (claim, scheme) => rule(claim, moment, fence, scheme), {
        moment,
        fence,
        note,
      });
    },
  );
}

/** Tells a transaction what time it is: `now` is never before the ledger's newest entry, which may be another host's. */
export function moments(given: Given, { clock }: Ports): (now: number, oneClock: boolean) => Moment {
  const id = clockId();
  return (now, oneClock) => ({
    nowMs: oneClock ? now : clock.now(),
    writtenMs: now,
    clock: id,
    oneClock,
    maxSkewMs: given['max-skew'],
  });
}

/** What a call was granted: the keys to act on, and the one lease and fence that they share. */
export interface Grant {
  readonly keys: Keys;
  readonly paths: readonly string[];
  readonly fence: number;
  readonly leaseEndsMs: number;
}

/** What was granted by a claim's transaction; undefined for nothing. */
export function grantOf({ verdict }: ClaimTransaction, keys: Keys): Grant | undefined {
  const granted = verdict.filter(({ ruling }) => ruling.kind === 'granted');
  const claim = granted[0]?.ruling.claim;
  if (!claim) return undefined;
  return {
    keys: { ...keys, keys: granted.map(({ key }) => key) },
    paths: granted.map(({ path }) => path),
    fence: claim.fence,
    leaseEndsMs: leaseEndsMs(claim),
  };
}

/** Names of keys as an output: the one, or an array of several. */
export function namesOf(keys: readonly Key[] = []): Json {
  const names = keys.map(({ name }) => name);
  return names.length > 1 ? names : (names[0] ?? '');
}

/** Has the action's post step look after what was granted, until somebody settles it. */
export const rememberGrant = ({ paths, fence }: Grant, ports: Ports): void =>
  ports.remember(paths.map((path) => ({ path, fence })));
