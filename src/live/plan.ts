import type { Clock } from '../ports/clock.ts';
import type { Http } from '../ports/http.ts';
import type { Question } from './question.ts';
import type { Wanted } from './verdict.ts';

/** What is to be watched, for how long, and what counts as live. */
export interface Plan {
  readonly urls: readonly URL[];
  readonly question: Question;
  readonly wanted: (url: URL) => Wanted;
  readonly withinMs: number;
  readonly maxPolls: number | undefined;
  /** Good rounds in a row that are needed. */
  readonly confirmations: number;
  /** Every address of each name, or whichever the system picks. */
  readonly edges: 'all' | 'one';
  readonly failFast: boolean;
}

export interface WatchPorts {
  readonly http: Http;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
}
