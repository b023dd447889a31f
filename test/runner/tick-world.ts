import type { HoldCommand } from '../../src/holds/hold.ts';
import type { Snapshot } from '../../src/ledger/ledger.ts';
import type { Moment } from '../../src/ledger/moment.ts';
import type { Decision } from '../../src/ledger/transact.ts';
import type { Json } from '../../src/proof/schema.ts';
import type * as breaker from '../../src/runner/breaker.ts';
import type { TickEnded } from '../../src/runner/entries.ts';
import type * as settle from '../../src/runner/tick-settle.ts';
import type * as start from '../../src/runner/tick-start.ts';
import type * as state from '../../src/runner/tick-state.ts';
import { replay } from './tick-books.ts';

/** The functions under exploration: the real ones, or those of a mutant. */
export interface Deciders {
  readonly start: typeof start;
  readonly settle: typeof settle;
  readonly state: typeof state;
  readonly breaker: typeof breaker;
}

export const INVARIANTS = {
  'flag-halts': 'nothing starts while a kill flag is set or can’t be read',
  'cap-kept': 'what is settled and reserved never exceeds a day’s cap',
  'one-at-a-time': 'nothing starts while another tick may be running',
  'slot-once': 'no slot is run twice on schedule',
  'books-balance': 'the record’s days are the sums of the history, and the history is whole',
  'money-kept': 'a tick is charged at least what it said before it ended',
  'day-kept': 'a tick is charged to the day of its reservation',
  'breaker-halts': 'a runner that fails in the same way starts no more until it is rearmed',
  'opens-on-time': 'a dead tick holds nothing up longer than its lease',
  'runs-when-it-may': 'what nothing forbids is started',
} as const;
export type Invariant = keyof typeof INVARIANTS;

export class Broken extends Error {
  readonly invariant: Invariant;
  constructor(invariant: Invariant, what: string) {
    super(`${invariant}: ${what}`);
    this.invariant = invariant;
  }
}

const HOUR = 3_600_000;
/** Late in the day, so that ticks cross midnight. */
const BEGIN = Date.UTC(2030, 0, 1, 20);
export const CAP = 10;
export const ESTIMATE = 3;
const LEASE = 2 * HOUR;
const SKEW = HOUR / 2;
const BREAKER = 2;
const RUNNER = 'r';
/** B’s clock is ahead by all that is allowed. */
const OFFSETS = [0, SKEW] as const;

export type Who = 0 | 1;
export type Action =
  | { readonly do: 'time'; readonly halves: number }
  | { readonly do: 'flag'; readonly set: boolean }
  | { readonly do: 'rearm' }
  | {
      readonly do: 'start';
      readonly who: Who;
      readonly scheduled: boolean;
      readonly host: 'off' | 'set' | 'unreadable';
    }
  /** Quietly: it is not said before the end. */
  | { readonly do: 'spend'; readonly who: Who; readonly micros: number; readonly quietly: boolean }
  | { readonly do: 'end'; readonly who: Who; readonly how: 'passed' | 'failed' | 'other-failure' | 'halted' }
  | { readonly do: 'die'; readonly who: Who };

interface Held {
  readonly fence: number;
  readonly day: string;
  readonly leftMicros: number;
  readonly endsAt: number;
  /** What it has said it cost, and had time to secure. */
  spent: number;
  reserved: number;
}

/** Plays a history, and throws `Broken` at the first thing that is wrong. */
export async function play(actions: readonly Action[], deciders: Deciders): Promise<number> {
  const world = newWorld(deciders);
  for (const action of actions) await world.act(action);
  return world.starts();
}

function newWorld({ start, settle, state, breaker }: Deciders) {
  const records = new Map<string, Json>();
  const entries: Record<string, unknown>[] = [];
  let t = BEGIN;
  let seq = 0;
  let lastAt = BEGIN;
  let flag = false;
  let starts = 0;
  /** Equal failures in a row, in truth. */
  let failing: { name: string; count: number } | undefined;
  const held: [Held | undefined, Held | undefined] = [undefined, undefined];
  /** Everybody who may still be running, the dead ones until their lease is over. */
  const running = new Map<number, { endsAt: number; who: Who }>();
  const slots = new Set<string>();
  /** By fence: day, and the least that has to be charged. */
  const owed = new Map<number, { day: string; micros: number }>();
  const charged = new Map<number, { day: string; micros: number }>();

  const snapshot = (): Snapshot => ({
    version: String(seq),
    ledgerId: 'l'.repeat(16),
    seq,
    entries: entries.length,
    lastAtMs: lastAt,
    get: async (path) => records.get(path),
    list: async (prefix) => new Map([...records].filter(([path]) => path.startsWith(prefix))),
  });
  const moment = (who: Who): Moment => {
    const nowMs = t + OFFSETS[who];
    const writtenMs = Math.max(nowMs, lastAt);
    return { nowMs, writtenMs, clock: `clock-${who}`, oneClock: false, maxSkewMs: SKEW };
  };
  const commit = <V>(decision: Decision<V>, at: number): V => {
    if (decision.entries.length === 0) return decision.verdict;
    seq += 1;
    lastAt = at;
    for (const entry of decision.entries) {
      entries.push(entry);
      if (entry.kind !== 'tick-ended' && entry.kind !== 'tick-corrected') continue;
      const { fence, day, usdInMicros } = entry as unknown as TickEnded;
      const before = charged.get(fence)?.micros ?? 0;
      charged.set(fence, { day, micros: before + usdInMicros });
    }
    for (const [path, record] of Object.entries(decision.records ?? {}))
      if (record !== null) records.set(path, structuredClone(record));
    judgeBooks();
    return decision.verdict;
  };

  function judgeBooks(): void {
    const books = replay(entries, RUNNER);
    const record = records.get(`runners/${RUNNER}`) as { days: Record<string, number> } | undefined;
    const overlap = books.faults.find((fault) => fault.includes('overlaps'));
    if (overlap) throw new Broken('one-at-a-time', overlap);
    const twice = books.faults.find((fault) => fault.includes('twice') && fault.startsWith('slot'));
    if (twice) throw new Broken('slot-once', twice);
    if (books.faults.length > 0) throw new Broken('books-balance', books.faults.join());
    for (const [fence, { day, micros }] of charged) {
      const wanted = owed.get(fence);
      if (wanted && wanted.day !== day) throw new Broken('day-kept', `${day}, not ${wanted.day}`);
      if (wanted && micros < wanted.micros) throw new Broken('money-kept', `${micros} < ${wanted.micros}`);
    }
    if (JSON.stringify(sorted(books.days)) !== JSON.stringify(sorted(record?.days ?? {})))
      throw new Broken('books-balance', JSON.stringify([books.days, record?.days]));
  }

  function judgeCap(day: string): void {
    const record = records.get(`runners/${RUNNER}`) as unknown as state.RunnerState;
    const reserved = record.open?.day === day ? record.open.reservedMicros : 0;
    if ((record.days[day] ?? 0) + reserved > CAP)
      throw new Broken('cap-kept', `${day} holds more than the cap`);
  }

  async function begin({ who, scheduled, host }: Extract<Action, { do: 'start' }>): Promise<void> {
    if (held[who]) return;
    const now = moment(who);
    const slot = new Date(Math.floor(now.nowMs / (3 * HOUR)) * 3 * HOUR).toISOString();
    const before = structuredClone(records.get(`runners/${RUNNER}`)) as unknown as
      | state.RunnerState
      | undefined;
    const decision = await start.decideStart(
      snapshot(),
      {
        runner: RUNNER,
        trigger: scheduled ? 'schedule' : 'manual',
        attempt: 1,
        config: 'c'.repeat(64),
        slot,
        capMicros: CAP,
        estimateMicros: ESTIMATE,
        leaseMs: LEASE,
        breakerTicks: BREAKER,
        hostGuards: [{ name: 'kill-file', state: host, observed: '' }],
      },
      seq + 1,
      now,
    );
    const { verdict } = decision;
    // A dead tick that was found counts as a failure of its own kind.
    if (verdict.lost) count('lost');
    if (verdict.kind === 'skipped' && verdict.why === 'overlap') {
      const late = Date.parse(verdict.open.leaseUntil) + 2 * SKEW;
      if (t >= late) throw new Broken('opens-on-time', `held up until ${verdict.open.leaseUntil}`);
    }
    if (verdict.kind === 'started') {
      starts += 1;
      const { open } = verdict;
      if (flag || host !== 'off') throw new Broken('flag-halts', `started, flag ${flag}, host ${host}`);
      if ([...running.values()].some(({ endsAt }) => endsAt > t))
        throw new Broken('one-at-a-time', 'started while another may be running');
      if (scheduled && slots.has(slot)) throw new Broken('slot-once', slot);
      if (failing && failing.count >= BREAKER) throw new Broken('breaker-halts', failing.name);
      if (scheduled) slots.add(slot);
      // On its own clock it stops before its lease ends; in true time that is:
      const endsAt = Date.parse(open.leaseUntil) - OFFSETS[who];
      running.set(open.fence, { endsAt, who });
      owed.set(open.fence, { day: open.day, micros: 0 });
      held[who] = {
        fence: open.fence,
        day: new Date(now.writtenMs).toISOString().slice(0, 10),
        leftMicros: verdict.leftMicros,
        endsAt,
        spent: 0,
        reserved: open.reservedMicros,
      };
      if (held[who]?.day !== open.day) throw new Broken('day-kept', open.day);
    } else if (verdict.kind === 'halted' && verdict.by === 'spend-cap') {
      const day = new Date(now.writtenMs).toISOString().slice(0, 10);
      const reserved = !verdict.lost && before?.open?.day === day ? before.open.reservedMicros : 0;
      const lost = verdict.lost?.day === day ? verdict.lost.usdInMicros : 0;
      if ((before?.days[day] ?? 0) + lost + reserved + ESTIMATE <= CAP)
        throw new Broken('runs-when-it-may', 'halted by a cap that is not reached');
    } else if (verdict.kind === 'halted' && !flag && host === 'off' && verdict.by !== 'breaker')
      throw new Broken('runs-when-it-may', `halted by ${verdict.by}`);
    else if (verdict.kind === 'halted' && verdict.by === 'breaker' && (failing?.count ?? 0) < BREAKER)
      throw new Broken('runs-when-it-may', 'halted by a breaker that has not tripped');
    commit(decision, now.writtenMs);
    if (verdict.kind === 'started') judgeCap(verdict.open.day);
  }

  function count(name: string): void {
    failing = failing?.name === name ? { name, count: failing.count + 1 } : { name, count: 1 };
  }

  async function spend({ who, micros, quietly }: Extract<Action, { do: 'spend' }>): Promise<void> {
    const mine = held[who];
    if (!mine) return;
    mine.spent += micros;
    if (quietly || t >= mine.endsAt) return;
    if (mine.spent > mine.leftMicros) return end(who, 'halted');
    if (mine.spent <= mine.reserved) return;
    const now = moment(who);
    const book = await state.readRunner(snapshot(), RUNNER);
    const wanted = mine.spent + ESTIMATE;
    const decision = settle.decideRaise(book, mine.fence, wanted);
    mine.reserved = Math.max(mine.reserved, commit(decision, now.writtenMs));
    // It said so, and there was time to write it down.
    const debt = owed.get(mine.fence);
    if (debt && mine.reserved >= mine.spent) debt.micros = mine.spent;
    judgeCap(mine.day);
  }

  async function end(who: Who, how: Extract<Action, { do: 'end' }>['how']): Promise<void> {
    const mine = held[who];
    if (!mine) return;
    const now = moment(who);
    const outcome = how === 'other-failure' ? 'failed' : how;
    const failure = outcome === 'failed' ? { failure: how } : {};
    const book = await state.readRunner(snapshot(), RUNNER);
    owed.set(mine.fence, { day: mine.day, micros: mine.spent });
    const decision = settle.decideSettle(
      book,
      mine.fence,
      {
        outcome,
        usdInMicros: mine.spent,
        usdProvenance: 'measured',
        valueMicros: 0,
        valueProvenance: 'measured',
        units: 0,
        degraded: [],
        ...failure,
      },
      now,
    );
    const verdict = commit(decision, now.writtenMs);
    held[who] = undefined;
    running.delete(mine.fence);
    if (verdict.kind !== 'settled') return;
    if (outcome === 'passed') failing = undefined;
    else if (outcome === 'failed') count(how);
  }

  return {
    starts: () => starts,
    async act(action: Action): Promise<void> {
      switch (action.do) {
        case 'time':
          t += (action.halves * HOUR) / 2;
          return;
        case 'flag': {
          flag = action.set;
          const hold: HoldCommand = {
            state: action.set ? 'set' : 'cleared',
            scopes: ['ticks'],
            reason: 'test',
            by: { actor: 'test' },
          };
          const at = new Date(Math.max(t, lastAt)).toISOString();
          const { state: set, reason, by } = hold;
          records.set('holds/ticks', {
            schemaVersion: 1,
            scope: 'ticks',
            state: set,
            reason,
            by,
            at,
          } as Json);
          return;
        }
        case 'rearm':
          failing = undefined;
          commit(await breaker.rearmBreaker(snapshot(), RUNNER), Math.max(t, lastAt));
          return;
        case 'start':
          return begin(action);
        case 'spend':
          return spend(action);
        case 'end':
          return end(action.who, action.how);
        case 'die':
          held[action.who] = undefined;
          return;
      }
    },
  };
}

const sorted = (days: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(days)
    .filter(([, micros]) => micros > 0)
    .sort(([one], [other]) => one.localeCompare(other));
