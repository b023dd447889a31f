import { z } from 'zod';
import type { Ledger } from '../ledger/ledger.ts';
import { decideDoubt, decideRecord, decideRelease } from '../once/decide.ts';
import type { CommandEnd, UserCommand } from '../ports/command.ts';
import { CodedError } from '../proof/errors.ts';
import { errorCheck } from '../proof/proof.ts';
import type { Check, Json, Outcome, Proof } from '../proof/schema.ts';
import { claimInputs, runInputs } from './claims/inputs.ts';
import { keysOf } from './claims/keys.ts';
import {
  claimChecks,
  concludeClaims,
  logRulings,
  outcomeOfRulings,
  settleAdvice,
  stateOf,
} from './claims/report.ts';
import {
  type ClaimTransaction,
  claimKeys,
  type Grant,
  grantOf,
  namesOf,
  rememberGrant,
  type SettleRule,
  settleKeys,
} from './claims/transaction.ts';
import { commonInputs } from './common.ts';
import { defineMode, type Ports } from './mode.ts';
import { commandCheck, commandOf, runUnderGrant } from './once-command.ts';
import { openStore, settlingOptions, storeInputs } from './store.ts';

const input = z.strictObject({ ...claimInputs, ...runInputs, ...storeInputs, ...commonInputs });
type Input = z.output<typeof input>;

export const mode = defineMode({
  name: 'once',
  summary:
    'Runs a command at most once per key: one process claims the key, and within the window nobody runs it again.',
  input,
  takesCommand: true,
  outputs: {
    claimed: 'true when this run was granted the key',
    state: 'recorded, in-doubt, released, busy, other-payload …',
    key: 'The key that the command ran for; several keys one per line',
    'exit-code': 'The exit code of the command',
  },
  run: once,
});

/**
 * Claim, run, settle. A process that dies on the way leaves a claim that is in doubt after its lease, and never run
 * again by itself.
 */
async function once(given: Input, ports: Ports): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const command = commandOf(given.run, ports.command);
  const keys = await keysOf(given, ports);
  await using ledger = await openStore(given, ports);

  const claimed = await claimKeys(ledger, keys, given, ports);
  logRulings(claimed, ports);
  const grant = grantOf(claimed, keys);
  const acted = grant && (await actOn(grant, command, ledger, given, ports, startedAtMs));
  return concludeClaims({ mode: 'once', startedAtMs, ledger, ports }, acted?.last ?? claimed, {
    checks: [...claimChecks('claim', claimed), ...(acted?.checks ?? [])],
    result: { claimed: grant !== undefined, key: namesOf(grant?.keys.keys), ...acted?.result },
    outcome: acted ? acted.outcome : outcomeOfRulings(claimed),
  });
}

/** What became of a grant. Without `last`, it could not be written down. */
interface Acted {
  readonly last?: ClaimTransaction;
  readonly checks: readonly Check[];
  readonly result: Readonly<Record<string, Json>>;
  readonly outcome: Outcome | undefined;
}

/** Runs the command and writes down what it did, even when the run is to end: the transaction has a deadline of its own. */
async function actOn(
  grant: Grant,
  command: UserCommand,
  ledger: Ledger,
  given: Input,
  ports: Ports,
  startedAtMs: number,
): Promise<Acted> {
  rememberGrant(grant, ports);
  const end = await runUnderGrant(grant, command, given, ports, startedAtMs);
  const ran = commandCheck(end);
  const result = { 'exit-code': end.code };
  const rule = ruleAfter(end, grant, given['on-failure']);
  try {
    const options = settlingOptions(given, ports, startedAtMs);
    const last = await settleKeys(ledger, grant.keys, given, ports, rule, { options });
    ports.remember([]);
    if (ran.status !== 'pass') {
      const free = stateOf(last) === 'released';
      const detail = free
        ? 'The key is free again: fix the command, and run the same again.'
        : `Its effect may have happened before that. ${settleAdvice(grant.fence)}`;
      return { last, checks: [{ ...ran, detail }], result, outcome: undefined };
    }
    // It succeeded; but it may be that somebody released the claim meanwhile, or was granted the key.
    const outcome = outcomeOfRulings(last) === 'refused' ? 'refused' : undefined;
    return { last, checks: [ran, ...claimChecks('record', last)], result, outcome };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { checks: [ran, unsettled(error, end, grant)], result, outcome: undefined };
  }
}

/** What becomes of the claims after the command. Nobody but its exit code says that the effect happened. */
function ruleAfter(end: CommandEnd, { fence }: Grant, onFailure: Input['on-failure']): SettleRule {
  if (end.code === 0 && !end.stopped) return (claim, moment) => decideRecord(claim, fence, moment);
  // What never started did not happen; and where the user takes its word, neither did what says that it failed.
  const didNotHappen = end.notStarted !== undefined || (onFailure === 'release' && !end.stopped);
  if (didNotHappen) return (claim, moment) => decideRelease(claim, { fence, confirmed: true }, moment);
  return (claim, moment) => decideDoubt(claim, fence, end.stopped ? 'interrupted' : 'command-failed', moment);
}

/** The command has run, and that is not in the ledger: its claim is in doubt after its lease, unless somebody helps. */
const unsettled = (error: CodedError, { code }: CommandEnd, { fence }: Grant): Check => ({
  ...errorCheck(error),
  status: 'untestable',
  detail: `The command ran (exit code ${code}), but that could not be written down. If its effect happened, \`record\` it with fence ${fence}; if not, \`release\` it with that fence.`,
});
