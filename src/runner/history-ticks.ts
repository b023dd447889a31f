import type { Run } from '../proof/schema.ts';
import type {
  ReservationRaised,
  TickCorrected,
  TickEnded,
  TickHalted,
  TickStarted,
  Trigger,
} from './entries.ts';

/** What an entry said, and who said it when. */
export interface Told<T> {
  readonly data: T;
  readonly at: string;
  readonly atMs: number;
  /** Its place among the runner's entries. */
  readonly order: number;
  readonly actor: string;
  readonly run?: Run | undefined;
}

/** One tick, as far as it has come: started and perhaps ended, or halted before any work. */
export interface Tick {
  readonly number: number;
  readonly day: string;
  readonly slotMs: number | null;
  /** Who asked for it, by all that is known: a run's event and attempt outweigh the entry's own word. */
  readonly trigger: Trigger;
  readonly config: string;
  readonly label: string | undefined;
  /** `github` or `host`: where its writer ran. */
  readonly origin: string;
  readonly first: Told<TickStarted | TickHalted>;
  readonly started?: Told<TickStarted> | undefined;
  readonly halted?: Told<TickHalted> | undefined;
  ended?: Told<TickEnded> | undefined;
  /** What it may spend, micro-dollars: the newest word of it. */
  reservedMicros: number;
  /** What it was charged beyond its end, because it turned up after it had been given up. */
  correctedMicros: number;
}

type AboutTick = TickStarted | TickHalted | TickEnded | TickCorrected | ReservationRaised;

export interface TickKeeper {
  readonly all: readonly Tick[];
  /** Takes what was said of a tick; returns, each in one line, what of it this program would not have written. */
  add(told: Told<AboutTick>): readonly string[];
}

/**
 * Ticks without an end that this program would have given one: it starts none before the one that started last has ended.
 * A tick that is halted does not wait for that. As of a moment, the last one too must have ended when its lease is over.
 */
export function leftOpen(ticks: readonly Tick[], asOfMs = Number.NEGATIVE_INFINITY): readonly Tick[] {
  const last = ticks.findLast(({ started }) => started !== undefined);
  return ticks.filter(
    ({ started, ended, number }) =>
      started && !ended && (number !== last?.number || Date.parse(started.data.leaseUntil) < asOfMs),
  );
}

/** Puts ticks together from what was said of them. */
export function keepTicks(): TickKeeper {
  const all: Tick[] = [];
  const byNumber = new Map<number, Tick>();

  const begin = (first: Told<TickStarted | TickHalted>): readonly string[] => {
    const { data } = first;
    const before = all.at(-1)?.number ?? 0;
    if (byNumber.has(data.tick)) return [`tick ${data.tick} stands there twice`];
    const tick = newTick(first);
    all.push(tick);
    byNumber.set(tick.number, tick);
    return [
      ...(data.tick === before + 1 ? [] : [`tick ${data.tick} follows upon tick ${before}`]),
      ...(data.day === first.at.slice(0, 10)
        ? []
        : [`tick ${data.tick} is charged to another day than its own`]),
    ];
  };

  const end = (ended: Told<TickEnded>): readonly string[] => {
    const { data } = ended;
    const tick = byNumber.get(data.tick);
    const started = tick?.started?.data;
    if (!tick || !started) return [`tick ${data.tick} ended, but never started`];
    if (tick.ended) return [`tick ${data.tick} ended twice`];
    tick.ended = ended;
    const same = (['fence', 'day', 'slot', 'config', 'label', 'trigger'] as const).every(
      (name) => data[name] === started[name],
    );
    return same ? [] : [`the end of tick ${data.tick} is not that of the tick that started`];
  };

  const amend = ({ data }: Told<TickCorrected | ReservationRaised>): readonly string[] => {
    const tick = byNumber.get(data.tick);
    const started = tick?.started?.data;
    if (!tick || started?.fence !== data.fence || started.day !== data.day)
      return [`money of tick ${data.tick}, which never started so`];
    const raised = data.kind === 'reservation-raised';
    if (raised ? tick.ended : tick.ended?.data.outcome !== 'lost')
      return [`money of tick ${data.tick} at the wrong time`];
    if (raised) tick.reservedMicros = (data as ReservationRaised).reservedMicros;
    else tick.correctedMicros += (data as TickCorrected).usdInMicros;
    return [];
  };

  return {
    all,
    add: (told) => {
      switch (told.data.kind) {
        case 'tick-started':
        case 'tick-halted':
          return begin(told as Told<TickStarted | TickHalted>);
        case 'tick-ended':
          return end(told as Told<TickEnded>);
        case 'tick-corrected':
        case 'reservation-raised':
          return amend(told as Told<TickCorrected | ReservationRaised>);
        default:
          return []; // It is about the runner, and needs no keeping.
      }
    },
  };
}

const newTick = (first: Told<TickStarted | TickHalted>): Tick => ({
  number: first.data.tick,
  day: first.data.day,
  slotMs: first.data.slot === null ? null : Date.parse(first.data.slot),
  trigger: triggerOf(first),
  config: first.data.config,
  label: first.data.label,
  origin: first.actor.split(':')[0] ?? '',
  first,
  correctedMicros: 0,
  ...(first.data.kind === 'tick-started'
    ? { started: first as Told<TickStarted>, reservedMicros: (first.data as TickStarted).reservedMicros }
    : { halted: first as Told<TickHalted>, reservedMicros: 0 }),
});

function triggerOf({ data, run }: Told<TickStarted | TickHalted>): Trigger {
  if (data.attempt > 1 || (run?.attempt ?? 1) > 1) return 'rerun';
  // What a run was not started for by a cron event, somebody asked for.
  return run && run.event !== 'schedule' ? 'manual' : data.trigger;
}
