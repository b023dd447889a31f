import { TITLES } from '../../once/replay/cases.ts';
import { changeBetween, changeText, type Seen } from '../../once/replay/change.ts';
import type { CaseResult } from '../../once/replay/replay.ts';
import { replyText } from '../../once/replay/reply.ts';
import { instant } from '../../proof/proof.ts';
import type { Attempt, Check } from '../../proof/schema.ts';
import { atOf } from '../../smoke/spec/inline.ts';
import type { CleanedUp } from './cleanup.ts';
import { type Digest, stateText } from './state.ts';
import type { PlannedWrite } from './work.ts';
import type { Replayed } from './write.ts';

/** The checks of one write: `idempotency:<name>:<case>`, each with the states that it saw and what lies between them. */
export function replayChecks(planned: PlannedWrite, { results, cleaned }: Replayed, digest: Digest): Check[] {
  const checks = results.map((result) => caseCheck(planned, result, digest));
  return cleaned ? [...checks, cleanupCheck(planned, cleaned)] : checks;
}

export const skippedCheck = ({ name, place, skip = '' }: PlannedWrite): Check => ({
  id: `idempotency:${name}`,
  status: 'skipped',
  title: name,
  expected: 'nothing: it is skipped',
  observed: skip,
  ...atOf(place),
});

function caseCheck(planned: PlannedWrite, result: CaseResult, digest: Digest): Check {
  const { name, place } = planned;
  const base = {
    id: `idempotency:${name}:${result.name}`,
    title: `${name}: ${TITLES[result.name]}`,
    ...atOf(place),
  };
  if (result.kind === 'left-out')
    return { ...base, status: 'skipped', expected: 'nothing: it is left out', observed: result.why };
  const { verdict, made } = result;
  const states = made.states.map((seen) => stateText(seen, planned.sight.secret, digest));
  const seen = states.length > 1 ? `${states.join(' → ')}: ` : '';
  return {
    ...base,
    status: verdict.status,
    expected: verdict.expected,
    observed: `${seen}${verdict.observed}`,
    ...(verdict.detail === undefined ? {} : { detail: verdict.detail }),
    attempts: [attemptOf(result, states)],
  };
}

function attemptOf(result: Extract<CaseResult, { kind: 'made' }>, states: readonly string[]): Attempt {
  const { made, verdict, startedAtMs, elapsedMs } = result;
  return {
    at: instant(startedAtMs),
    elapsedMs,
    status: verdict.status,
    observed: {
      states: [...states],
      changes: changesOf(made.states),
      replies: made.replies.map(replyText),
      // Whoever finds what a run left behind has to be able to tell whose it is.
      ...(made.identity ? { key: made.identity.key, nonce: made.identity.nonce } : {}),
    },
  };
}

const changesOf = (states: readonly Seen[]): string[] =>
  states.slice(1).map((state, index) => changeText(changeBetween(states[index], state)));

function cleanupCheck({ name, place }: PlannedWrite, { done, left }: CleanedUp): Check {
  const base = {
    id: `idempotency:${name}:cleanup`,
    title: `${name}: what was written is cleaned up`,
    expected: 'every step succeeds, or finds nothing',
    ...atOf(place),
  };
  if (left.length === 0) {
    return done === 0
      ? { ...base, status: 'skipped', observed: 'nothing was written' }
      : { ...base, status: 'pass', observed: `${done} done` };
  }
  return {
    ...base,
    status: 'warn',
    observed: `${done} done; ${left.join('; ')}`,
    detail: 'Look for what was left behind: the attempts have the keys and nonces.',
  };
}
