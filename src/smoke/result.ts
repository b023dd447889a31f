import type { Place } from '../config/place.ts';
import type { CheckStatus, Json } from '../proof/schema.ts';

/** What one attempt of a check found, whatever kind of check it is. */
export interface Tried {
  /** `fail`: an answer was wrong; `untestable`: there was none, or no means to judge it. */
  readonly status: Exclude<CheckStatus, 'skipped'>;
  /** Everything that was not right, in order. Those of `warn` leave the check passed. */
  readonly findings: readonly Finding[];
  /** Flat, for the proof: what was asked and what came. */
  readonly observed: Readonly<Record<string, Json>>;
  /** How many expectations were looked at. */
  readonly judged: number;
}

export interface Finding {
  readonly status: 'fail' | 'warn' | 'untestable';
  /** Which expectation of which step: `step 2, json $.name`. */
  readonly title: string;
  readonly expected: string;
  readonly observed: string;
  readonly detail?: string | undefined;
  readonly place: Place;
}
