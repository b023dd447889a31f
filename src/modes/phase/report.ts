import type { Deploy } from '../../deploy/records.ts';
import { nextPhase } from '../../deploy/records.ts';
import type { Refusal, Refused } from '../../deploy/verdict.ts';
import type { Check, Json } from '../../proof/schema.ts';
import { notStartedBecause } from '../not-started.ts';
import type { Beaten } from './command.ts';

/** What is asked about: the id, title and expectation of its check. */
export interface About {
  readonly id: string;
  readonly title: string;
  readonly expected: string;
}

export const aboutPhase = (phase: string, deployId: string, environment: string): About => ({
  id: `phase:${phase}`,
  title: `${phase} of ${deployId} in ${environment}`,
  expected: 'begun by one process at a time, and done once',
});

export const passedCheck = (about: About, observed: string, detail?: string): Check => ({
  ...about,
  status: 'pass',
  observed,
  ...(detail === undefined ? {} : { detail }),
});

export const skippedCheck = (about: About, observed: string): Check => ({
  ...about,
  status: 'skipped',
  observed,
  detail: 'Already done: nothing was repeated.',
});

export const refusedCheck = (about: About, { why, told }: Refused): Check => ({
  ...about,
  status: 'fail',
  observed: `${why}: ${told}`,
  detail: ADVICE[why],
});

/** What the command's end proves. */
export function commandCheck({ end, stop }: Beaten): Check {
  const base = { id: 'command', title: 'the command succeeds', expected: 'exit code 0' };
  if (stop) {
    const status = stop.by === 'held' || stop.by === 'lost' ? 'fail' : 'untestable';
    return {
      ...base,
      status,
      observed: `it was stopped (exit code ${end.code}): ${stop.because}`,
      detail: STOP_ADVICE[stop.by],
    };
  }
  if (end.notStarted !== undefined)
    return { ...base, status: 'fail', observed: notStartedBecause(end.notStarted) };
  return end.code === 0
    ? { ...base, status: 'pass', observed: 'exit code 0' }
    : {
        ...base,
        status: 'fail',
        observed: `exit code ${end.code}`,
        detail:
          'A part of its effect may have happened. Fix it and run the same command again: the phase begins again.',
      };
}

/** A hold that was set in the last moment: what happened is written down all the same, and said. */
export const heldMeanwhile = (told: string): Check => ({
  id: 'held-meanwhile',
  status: 'warn',
  title: 'deploys were not held meanwhile',
  expected: 'no hold',
  observed: told,
  detail: 'The command had ended before it could be stopped. What it did is on record.',
});

/** The outputs about a deploy. */
export const resultOf = (
  deploy: Deploy | undefined,
  fields: Readonly<Record<string, Json | undefined>>,
): Record<string, Json> => ({
  ...Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, Json] => field[1] !== undefined),
  ),
  ...(deploy ? { 'next-phase': nextPhase(deploy) ?? '' } : {}),
});

const STOP_ADVICE = {
  interrupted: 'Run the same command again: the next process begins the phase again.',
  held: 'Whoever set the hold lifts it with `rearm`; then run the same command again.',
  'lease-over':
    'Check that the ledger can be reached, or give more `stale-after`; then run the same command again.',
  unreadable: 'Nothing runs while the guards can’t be read. Fix the store, then run the same command again.',
  lost: 'Another process has taken it over: leave it to that one.',
} as const;

const ADVICE: Readonly<Record<Refusal, string>> = {
  busy: 'Another process is doing it. Run the same command again later, or give `wait`; if that process gives no sign of life, the phase is taken over after `stale-after`.',
  predecessor: 'Do that phase first.',
  held: 'Deploys are stopped on purpose. Whoever set the hold lifts it with `rearm`.',
  'other-build': 'A deploy is of one build. Give the build its own `deploy-id`.',
  'other-version': 'A deploy has one version. Give the same one, or another `deploy-id`.',
  'other-plan': 'A deploy keeps the phases that it began with. Give a new `deploy-id` for others.',
  'other-artifact': 'What is deployed is what was published. Leave `artifact-id` out, or build again.',
  'unknown-commit':
    'Check out the branch with its whole history, or give `allow-unknown-commit: true`, which the proof records.',
  'no-version': 'Give `version`, a whole number that grows from deploy to deploy.',
  'version-ahead': 'Versions are at most the epoch in seconds; give a lower one.',
  overtaken: 'A newer version went first, and stays. To get this code live, build it again.',
  'rolled-back': 'It was rolled back, and can’t be promoted again. Build a newer version.',
  behind:
    'Another promotion or rollback is under way. Run the same command again later, or give more `wait`.',
  proof:
    'Run `prove` for this build in this environment, with the same `artifact-id` and URLs and no waivers but the policy’s, and promote within 24 h.',
  'stale-fence': 'Another process took the phase over: leave it to that one, and do nothing more.',
  'not-begun': 'Begin it first, and give the fence that it was granted with.',
  ended: 'It has ended already. Begin it again to do it once more.',
  'needs-confirmation':
    'It changes what is live. Give `confirm-destructive: true` to do it; the ledger records it with your name.',
  'nothing-before': 'There is nothing to go back to: promote a newer version.',
  'never-live': 'Give `to` a version or a deploy id that was live before.',
  'not-before': 'A rollback only goes back. Promote a newer version to go forward.',
  'not-live':
    'Something else went live meanwhile, and stays. To go back from that, name it, or leave `from` out.',
};
