import type { Ledger } from '../../ledger/ledger.ts';
import { type Claim, leaseEndsMs, windowEndsMs } from '../../once/claim.ts';
import { shortKey } from '../../once/claim-record.ts';
import { isRefused, type Ruled } from '../../once/claims.ts';
import type { Refusal } from '../../once/decide.ts';
import { docsPage } from '../../proof/error-page.ts';
import { conclude, instant } from '../../proof/proof.ts';
import type { Check, Json, Outcome, Proof } from '../../proof/schema.ts';
import type { Ports } from '../mode.ts';
import { ledgerFields } from '../store.ts';
import type { ClaimTransaction } from './transaction.ts';

type Asked = 'claim' | 'record' | 'release';

/** The proof of a mode whose last transaction over the keys was `last`. */
export const concludeClaims = (
  context: {
    readonly mode: string;
    readonly startedAtMs: number;
    readonly ledger: Ledger;
    readonly ports: Ports;
  },
  last: ClaimTransaction,
  found: {
    readonly checks: readonly Check[];
    readonly result: Readonly<Record<string, Json>>;
    readonly outcome: Outcome | undefined;
  },
): Proof =>
  conclude({
    mode: context.mode,
    startedAtMs: context.startedAtMs,
    endedAtMs: context.ports.clock.now(),
    subject: { key: last.verdict.map(({ path }) => shortKey(path)) },
    checks: found.checks,
    result: { state: stateOf(last), ...found.result },
    ledger: ledgerFields(context.ledger, last),
    ...(found.outcome ? { outcome: found.outcome } : {}),
  });

/** A line for each key as soon as it is ruled on: a shell needs the fence, and who waits wants to know for what. */
export function logRulings({ verdict }: ClaimTransaction, { log }: Ports): void {
  for (const { key, path, ruling } of verdict) {
    const ruled = ruling.kind === 'refused' ? ruling.why : ruling.kind;
    log.event({ key: shortKey(path), action: key.label, ruled, fence: ruling.claim?.fence });
  }
}

/** A check for each key: what was asked of it, what was ruled, and what to do about it. */
export const claimChecks = (asked: Asked, { verdict, at }: ClaimTransaction): Check[] =>
  verdict.map((ruled) => claimCheck(asked, ruled, at));

function claimCheck(asked: Asked, { key, path, ruling }: Ruled, atMs: number): Check {
  const { claim } = ruling;
  const base = {
    id: `${asked}:${path}`,
    title: `${asked} ${key.label ?? 'key'} ${shortKey(path)}`,
    expected: EXPECTED[asked],
    observed: claim ? describeClaim(claim, atMs) : 'no claim of it',
  };
  switch (ruling.kind) {
    case 'granted':
    case 'settled':
      return { ...base, status: 'pass' };
    case 'already':
      return { ...base, status: 'skipped', detail: 'Already done: nothing was repeated.' };
    case 'doubted':
      return { ...base, status: 'fail', detail: doubtAdvice(ruling.claim) };
    case 'refused': {
      const expected =
        ruling.payload === undefined
          ? {}
          : { expected: `${base.expected}, for payload ${short(ruling.payload)}` };
      return {
        ...base,
        ...expected,
        status: 'fail',
        detail: ruling.why === 'in-doubt' ? doubtAdvice(claim) : ADVICE[ruling.why],
      };
    }
  }
}

/** One word for what became of the keys: that of the first one which is not as it was asked for. */
export function stateOf({ verdict }: ClaimTransaction): string {
  const rulings = verdict.map(({ ruling }) => ruling);
  const telling =
    rulings.find(
      (ruling) => ruling.kind === 'doubted' || (ruling.kind === 'refused' && ruling.why !== 'withheld'),
    ) ??
    rulings.find(({ kind }) => kind === 'granted' || kind === 'settled') ??
    rulings[0];
  return telling?.kind === 'refused' ? telling.why : (telling?.claim?.state ?? 'absent');
}

/** `refused` if any key was, `skipped` if there was nothing to do, else undefined: the checks say it. */
export function outcomeOfRulings({
  verdict,
  committed,
}: ClaimTransaction): 'refused' | 'skipped' | undefined {
  if (verdict.some(isRefused)) return 'refused';
  return committed ? undefined : 'skipped';
}

const short = (fingerprint: string): string => fingerprint.slice(0, 12);

const EXPECTED = {
  claim: 'a key that is free, so that only this process acts on it',
  record: 'a claim that is ours to record',
  release: 'a claim that is ours, or in doubt and confirmed',
} as const;

/** What a person does about a claim of which nobody knows whether its effect happened. */
export const settleAdvice = (fence: number | undefined): string =>
  `Look at the service; then, with the same key and fence ${fence}, \`record\` it if it happened, or \`release\` it with \`confirm-destructive: true\` if it did not. The commands: ${docsPage('once.md#in-doubt')}`;

const doubtAdvice = (claim: Claim | undefined): string =>
  `The effect may have happened or not. ${settleAdvice(claim?.fence)}`;

const ADVICE: Readonly<Record<Exclude<Refusal, 'in-doubt'>, string>> = {
  busy: 'Another process is doing it, or died. Run the same command again after the lease: it is then recorded, or in doubt.',
  'other-payload': 'The same key was used for another payload. Each effect needs a key of its own.',
  'not-claimed': 'Nothing is claimed under this key: `claim` it first.',
  'stale-fence':
    'Somebody else was granted this key since: what you did may have been done twice. Look at the service.',
  recorded: 'It is recorded that the effect happened, and that stays.',
  'needs-fence': 'Give the `fence` that the claim was granted with; without it anybody could say so.',
  'needs-confirmation':
    'Nobody knows whether the effect happened. When you have made sure that it did not, give `confirm-destructive: true`.',
  withheld: 'It was left as it is, because another key of the same call was refused.',
};

/** A claim in a line: state, times, who, fence. */
function describeClaim(claim: Claim, atMs: number): string {
  const { actor, run } = claim.holder;
  const by = [actor, run?.url ?? run?.id].filter((part) => part !== undefined).join(' in ');
  const payload = claim.payload === undefined ? '' : `, payload ${short(claim.payload)}`;
  return `${claim.state} ${timesOf(claim, atMs)}, by ${by}, fence ${claim.fence}${payload}`;
}

function timesOf(claim: Claim, atMs: number): string {
  const free = `not again before ${instant(windowEndsMs(claim))}`;
  switch (claim.state) {
    case 'claimed': {
      const leftMs = Math.max(0, leaseEndsMs(claim) - atMs);
      return `since ${claim.claimedAt}, lease until ${claim.leaseUntil} (${Math.ceil(leftMs / 1_000)} s left)`;
    }
    case 'recorded':
      return `at ${claim.settledAt}, ${free}`;
    case 'released':
      return `at ${claim.settledAt}`;
    case 'in-doubt':
      return `since ${claim.settledAt} (${claim.reason}), ${free}`;
  }
}
