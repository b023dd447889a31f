import { invalid } from '../proof/errors.ts';
import type { Run } from '../proof/schema.ts';
import type { Trigger } from './entries.ts';

/** What may be said about a tick's trigger where no platform tells it. */
export const ASKED_TRIGGERS = ['schedule', 'manual'] as const;
type Asked = (typeof ASKED_TRIGGERS)[number];

/**
 * Who asked for the tick. On GitHub the event tells: a cron event in its first attempt, and nothing else, is `schedule`.
 * Elsewhere it is a person, unless whoever wrote the crontab says otherwise. Throws `input-conflict`.
 */
export function triggerOf(run: Run | undefined, asked: Asked | undefined): Trigger {
  if (run === undefined) return asked ?? 'manual';
  const told = toldBy(run);
  if (asked === 'schedule' && told !== 'schedule') {
    throw invalid(
      'input-conflict',
      `input \`trigger\` is schedule, but this run is ${told === 'rerun' ? `attempt ${run.attempt}` : `of the event ${run.event ?? 'that is not named'}`}: on GitHub the event tells, so leave \`trigger\` out`,
    );
  }
  return asked === 'manual' && told === 'schedule' ? 'manual' : told;
}

function toldBy({ event, attempt }: Run): Trigger {
  // An attempt that is not told may be any.
  if (attempt !== undefined && attempt > 1) return 'rerun';
  return event === 'schedule' && attempt === 1 ? 'schedule' : 'manual';
}
