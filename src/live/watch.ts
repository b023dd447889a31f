import { copiesBehind, type KnownCopies, learn, type Outliving, outliving } from './copies.ts';
import { type Look, look } from './look.ts';
import type { Plan, WatchPorts } from './plan.ts';
import { ENCODINGS, type Encoding } from './question.ts';
import { lookAround } from './round.ts';
import { nextLookAt } from './schedule.ts';
import { type Finding, find, isLive, isWrong, judge, type Verdict } from './verdict.ts';

export interface Round {
  readonly poll: number;
  readonly looks: readonly Look[];
  /** Until the next round; undefined when there is none. */
  readonly nextMs: number | undefined;
  readonly leftMs: number;
}

/** Is told of things as they happen. */
export interface Watcher {
  looked(round: Round): void;
  /** Every copy that is still wrong outlives the deadline by at least `byMs`; told once. */
  forecast(found: Outliving, byMs: number): void;
  /** A look past the caches, which is made for the diagnosis only. */
  lookedPast(look: Look): void;
}

export interface Watched {
  readonly verdicts: ReadonlyMap<URL, Verdict>;
  readonly rounds: readonly Round[];
  /** The looks past the caches. */
  readonly past: readonly Look[];
  readonly elapsedMs: number;
  readonly confirmed: number;
  readonly interrupted: boolean;
}

const CONFIRMATION_GAP_MS = 500;
const BYPASS_TIMEOUT_MS = 5_000;

/** The least time in which `confirmations` good rounds fit; `within` has to be longer. */
export const leastWithinMs = (confirmations: number): number => (confirmations - 1) * CONFIRMATION_GAP_MS;

/**
 * Looks until every URL serves the wanted id at every address and in every encoding, `confirmations` rounds in a row;
 * or until the time or the polls are used up, or it is known to be vain.
 */
export async function watch(plan: Plan, given: WatchPorts, watcher: Watcher): Promise<Watched> {
  const { clock, signal } = given;
  const startedAtMs = clock.now();
  const started = clock.monotonic();
  // One clock for schedule and cache arithmetic, which a step of the wall clock does not move.
  const now = () => startedAtMs + (clock.monotonic() - started);
  const ports: WatchPorts = { ...given, clock: { ...clock, now } };
  const deadlineMs = startedAtMs + plan.withinMs;
  const leftMs = () => Math.max(0, deadlineMs - now());
  const rounds: Round[] = [];
  let confirmed = 0;
  let known: KnownCopies = new Map();
  let forecast = false;
  try {
    for (;;) {
      const looks = await lookAround(plan, ports, leftMs, confirmed > 0);
      confirmed = isLive(looks, plan.wanted) ? confirmed + 1 : 0;
      const wrong = looks.filter((seen) => isWrong(seen, plan.wanted(seen.target.url)));
      known = learn(known, wrong);
      const vain = outliving(known, wrong, deadlineMs);
      const over =
        confirmed >= plan.confirmations ||
        rounds.length + 1 >= (plan.maxPolls ?? Number.POSITIVE_INFINITY) ||
        (plan.failFast && vain !== undefined);
      const nextAtMs = over
        ? undefined
        : confirmed > 0
          ? confirmAt(now(), deadlineMs)
          : nextLookAt({
              startedAtMs,
              nowMs: now(),
              lastLookAtMs: deadlineMs - timeToConfirmMs(plan, looks),
              expiries: copiesBehind(known, wrong),
              ...notBefore(wrong),
              random: ports.random(),
            });
      const nextMs = nextAtMs === undefined ? undefined : Math.max(0, nextAtMs - now());
      const round = { poll: rounds.length + 1, looks, nextMs, leftMs: leftMs() };
      rounds.push(round);
      watcher.looked(round);
      if (vain && !forecast) {
        forecast = true;
        watcher.forecast(vain, vain.copy.expiresFromMs - deadlineMs);
      }
      if (nextMs === undefined) break;
      await clock.sleep(nextMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const live = confirmed >= plan.confirmations;
  const verdicts = new Map<URL, Verdict>();
  const past: Look[] = [];
  for (const url of plan.urls) {
    const found = live ? { verdict: 'live' as const, past: [] } : await diagnose(url, rounds, plan, ports);
    verdicts.set(url, found.verdict);
    past.push(...found.past);
    for (const seen of found.past) watcher.lookedPast(seen);
  }
  return {
    verdicts,
    rounds,
    past,
    elapsedMs: Math.round(now() - startedAtMs),
    confirmed,
    interrupted: signal.aborted,
  };
}

const isStale = (finding: Finding): boolean => finding === 'other-id' || finding === 'no-id';

/** The gap before a confirming look, unless it would start after the deadline. */
const confirmAt = (nowMs: number, deadlineMs: number): number | undefined =>
  nowMs + CONFIRMATION_GAP_MS < deadlineMs ? nowMs + CONFIRMATION_GAP_MS : undefined;

/**
 * What has to be left when a look turns out right, so that it can still be confirmed: the gaps, and the rounds as slow
 * as the last one. At most a third of the whole, so that a slow server is still looked at often.
 */
function timeToConfirmMs(plan: Plan, looks: readonly Look[]): number {
  const slowestMs = Math.max(0, ...looks.map((seen) => seen.elapsedMs));
  const roundsMs = (plan.confirmations + 1) * slowestMs;
  return Math.min(leastWithinMs(plan.confirmations) + roundsMs, plan.withinMs / 3);
}

/** The latest moment that any server asked us to wait for. */
function notBefore(looks: readonly Look[]): { notBeforeMs?: number } {
  const asked = looks.flatMap((seen) =>
    seen.kind === 'answer' && seen.retryAfterMs !== undefined
      ? [seen.atMs + seen.elapsedMs + seen.retryAfterMs]
      : [],
  );
  return asked.length === 0 ? {} : { notBeforeMs: Math.max(...asked) };
}

interface Diagnosis {
  readonly verdict: Verdict;
  readonly past: readonly Look[];
}

/**
 * The verdict on one URL that is not live: by its last wrong looks and, where it helps, one look past the caches; where
 * that is no better, one in each of the other encodings too, which no round has looked at yet.
 */
async function diagnose(
  url: URL,
  rounds: readonly Round[],
  plan: Plan,
  ports: WatchPorts,
): Promise<Diagnosis> {
  const wanted = plan.wanted(url);
  const wrong = (seen: Look) => seen.target.url === url && isWrong(seen, wanted);
  const last = rounds
    .findLast((round) => round.looks.some(wrong))
    ?.looks.filter((seen) => seen.target.url === url);
  // Never wrong, but not confirmed often enough in the time there was: it could not be checked.
  if (!last) return { verdict: 'unreachable', past: [] };
  const isNew = (seen: Look) => find(seen, wanted) === 'wanted';
  const newSeen = rounds.some(({ looks }) => looks.some((seen) => seen.target.url === url && isNew(seen)));
  const verdict = judge(last, wanted, newSeen);
  const stale = last.find((seen) => isStale(find(seen, wanted)));
  if (ports.signal.aborted || !stale || (verdict !== 'old-build' && verdict !== 'no-marker'))
    return { verdict, past: [] };
  const lookPast = (encoding: Encoding) =>
    look(
      { ...stale.target, encoding },
      plan.question,
      { timeoutMs: BYPASS_TIMEOUT_MS, signal: ports.signal },
      ports,
      Math.floor(ports.random() * 2 ** 32).toString(36),
    );
  const first = await lookPast(stale.target.encoding);
  // With the id in it, it lacks a changed ETag alone, which is asked of one encoding only.
  const isOther = first.kind === 'answer' && first.unread === undefined && first.served !== wanted.buildId;
  const others = (Object.keys(ENCODINGS) as Encoding[]).filter((name) => name !== stale.target.encoding);
  const past = [first, ...(isOther ? await Promise.all(others.map(lookPast)) : [])];
  return { verdict: judge(last, wanted, past.some(isNew)), past };
}
