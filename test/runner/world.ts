import type { Entry, EntryBody } from '../../src/ledger/entry.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/memory.ts';
import { transact } from '../../src/ledger/transact.ts';
import type { Run } from '../../src/proof/schema.ts';
import { decideAlerts, decideTold } from '../../src/runner/alerts.ts';
import type { Cadence } from '../../src/runner/cadence.ts';
import type { Trigger } from '../../src/runner/entries.ts';
import { type Book, keepBook } from '../../src/runner/history.ts';
import { decideIncident, type IncidentCommand } from '../../src/runner/incident.ts';
import { decideSettle, type TickEnd } from '../../src/runner/tick-settle.ts';
import { decideStart, type StartVerdict } from '../../src/runner/tick-start.ts';
import { readRunner } from '../../src/runner/tick-state.ts';
import { watch } from '../../src/runner/watchdog.ts';

export const RUNNER = 'digest';
export const CONFIG = 'c'.repeat(64);
export const OTHER_CONFIG = 'd'.repeat(64);
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

export interface TickPlan {
  readonly trigger?: Trigger;
  readonly slotMs?: number | null;
  readonly attempt?: number;
  readonly config?: string;
  readonly label?: string | undefined;
  readonly tookMs?: number;
  /** `dies`: its process is killed, and writes no end. */
  readonly end?: Partial<TickEnd> | 'dies';
  readonly actor?: string;
  readonly run?: Run | undefined;
  readonly estimateMicros?: number;
}

/** A ledger in memory and a clock that is set: the real deciders write what a runner would have written at those times. */
export function openWorld(startMs: number) {
  const inner = memoryLedger();
  // Heard as they are won: weeks of a runner would be read hundreds of times.
  const known: Entry[] = [];
  const keeper = keepBook(RUNNER);
  const ledger: Ledger = {
    ...inner,
    async commit(at, change) {
      const result = await inner.commit(at, change);
      for (const entry of result.won ? change.entries : []) {
        known.push(entry);
        keeper.add(entry);
      }
      return result;
    },
  };
  const clock = { ms: startMs };
  let ids = 0;
  const freshId = () => {
    ids += 1;
    return `id-${String(ids).padStart(16, '0')}`;
  };
  const options = (actor: string, run?: Run) => ({
    clock: { now: () => clock.ms, monotonic: () => 0, sleep: async () => {} },
    random: { id: freshId, unit: () => 0 },
    actor,
    run,
  });
  const byHost = options('host:laptop');
  const momentAt = (writtenMs: number) => ({
    nowMs: clock.ms,
    writtenMs,
    clock: 'a',
    oneClock: true,
    maxSkewMs: 0,
  });
  const gitHub = (plan: TickPlan): Run => ({
    id: '1',
    attempt: plan.attempt ?? 1,
    event: plan.trigger === 'manual' ? 'workflow_dispatch' : 'schedule',
  });

  const entries = async (): Promise<readonly Entry[]> => known;
  const book = async (): Promise<Book> => keeper.book;

  return {
    ledger,
    clock,
    entries,
    book,
    /** Runs a tick from now on; the clock stands at its end afterwards. */
    async tick(plan: TickPlan = {}): Promise<StartVerdict> {
      const by = options(plan.actor ?? 'github:octocat', 'run' in plan ? plan.run : gitHub(plan));
      const slotMs = plan.slotMs === undefined ? Math.floor(clock.ms / HOUR_MS) * HOUR_MS : plan.slotMs;
      const { verdict } = await transact(ledger, by, (snapshot, { now, seq }) =>
        decideStart(
          snapshot,
          {
            runner: RUNNER,
            trigger: plan.trigger ?? 'schedule',
            attempt: plan.attempt ?? 1,
            config: plan.config ?? CONFIG,
            label: plan.label,
            slot: slotMs === null ? null : new Date(slotMs).toISOString(),
            capMicros: 5_000_000,
            estimateMicros: plan.estimateMicros ?? 400_000,
            leaseMs: HOUR_MS,
            breakerTicks: 5,
            hostGuards: [],
          },
          seq,
          momentAt(now),
        ),
      );
      clock.ms += plan.tookMs ?? MINUTE_MS;
      if (verdict.kind !== 'started' || plan.end === 'dies') return verdict;
      const end: TickEnd = {
        outcome: 'passed',
        usdInMicros: 250_000,
        usdProvenance: 'measured',
        valueMicros: 1_000_000,
        valueProvenance: 'measured',
        units: 1,
        degraded: [],
        ...plan.end,
      };
      await transact(ledger, by, async (snapshot, { now }) =>
        decideSettle(await readRunner(snapshot, RUNNER), verdict.open.fence, end, momentAt(now)),
      );
      return verdict;
    },
    /** Writes an entry as it stands. */
    write: (body: EntryBody, actor = 'host:laptop') =>
      transact(ledger, options(actor), () => ({ entries: [body], verdict: undefined })),
    drill(control: string, outcome = 'passed', config = CONFIG) {
      return this.write({ kind: 'drill', runner: RUNNER, control, outcome, config, evidence: { marks: 0 } });
    },
    async drills(config = CONFIG) {
      for (const control of ['spend-cap', 'kill-flag', 'kill-process'])
        await this.drill(control, 'passed', config);
    },
    incident: (command: Partial<IncidentCommand>) =>
      transact(ledger, byHost, (snapshot) =>
        decideIncident(snapshot, { runner: RUNNER, state: 'open', ...command }),
      ).then(({ verdict }) => verdict),
    /** A look of the watchdog that dies before it tells anybody. */
    findOnly(cadence?: Cadence, ticks = 3) {
      return transact(ledger, options('github:octocat'), async (snapshot, { now }) =>
        decideAlerts(snapshot, RUNNER, watch(await book(), { ticks, cadence, nowMs: now }), now),
      );
    },
    /** A look of the watchdog that tells what it finds. */
    async look(cadence?: Cadence, ticks = 3) {
      const looked = await this.findOnly(cadence, ticks);
      const tellings = Object.entries(looked.verdict)
        .filter(([, { told }]) => !told)
        .map(([alert, { state, since }]) => ({ alert: alert as never, state, since }));
      await transact(ledger, options('github:octocat'), (snapshot) => decideTold(snapshot, RUNNER, tellings));
      return tellings.map(({ alert, state }) => `${alert} ${state}`);
    },
  };
}

export type World = ReturnType<typeof openWorld>;
