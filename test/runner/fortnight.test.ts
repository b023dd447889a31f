import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { RESET_REASONS } from '../../src/runner/clock.ts';
import { CONTROLS } from '../../src/runner/entries.ts';
import { type Account, accountOf } from '../../src/runner/retrospective.ts';
import type { Sums } from '../../src/runner/totals.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { type Fortnight, liveFortnight, seeded } from './fortnight.ts';
import { CONFIG, HOUR_MS, OTHER_CONFIG, openWorld, RUNNER, type World } from './world.ts';

/** Weather in which the clock runs out, and some in which it does not. */
const SEEDS =
  process.env.SHIP_PROOF_RELIABILITY === '1' ? Array.from({ length: 60 }, (_, seed) => seed) : [2, 3, 5];

/** The long lists take their time. */
const LONG_MS = 1_800_000;
const WILD = process.env.SHIP_PROOF_RELIABILITY === '1' ? 500 : 24;

const SCRIPT = fileURLToPath(new URL('second-opinion.py', import.meta.url));
const NAMES = [
  'ticks',
  'started',
  'haltedBefore',
  'open',
  'passed',
  'failed',
  'halted',
  'inconclusive',
  'lost',
  'usdInMicros',
  'usdReservedMicros',
  'valueMicros',
  'units',
  'ratio',
] as const;

/** Nine days in which anything may happen at any time. */
async function liveWildly(seed: number): Promise<World> {
  const random = seeded(seed);
  const oneOf = <T>(...all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const world = openWorld(Date.parse('2025-03-01T06:00:00.000Z'));
  if (random() < 0.8) await world.drills();
  for (let act = 0; act < 24; act += 1) {
    world.clock.ms += Math.round(random() * 14 * HOUR_MS);
    const config = random() < 0.93 ? CONFIG : OTHER_CONFIG;
    const late = oneOf(0, 0, 1, 5, 26) * HOUR_MS;
    const slotMs = random() < 0.9 ? Math.floor(world.clock.ms / HOUR_MS) * HOUR_MS - late : null;
    const plan = { config, slotMs, label: oneOf('free', 'paid', undefined) };
    const dice = random();
    if (dice < 0.08) await world.drill(oneOf(...CONTROLS), oneOf('passed', 'failed', 'inconclusive'), config);
    else if (dice < 0.12) await world.drills(oneOf(CONFIG, OTHER_CONFIG));
    else if (dice < 0.15) await world.tick({ ...plan, trigger: 'manual' });
    else if (dice < 0.18) await world.tick({ ...plan, trigger: 'rerun', attempt: 2 });
    else if (dice < 0.2) await world.tick({ ...plan, actor: 'host:laptop', run: undefined });
    else if (dice < 0.23) await world.tick({ ...plan, end: 'dies' });
    else if (dice < 0.28) await world.tick({ ...plan, end: { outcome: oneOf('failed', 'halted') } });
    else await world.tick(plan);
  }
  return world;
}

/** The part of the sums that both work out. */
const shared = (sums: Sums) => Object.fromEntries(NAMES.map((name) => [name, sums[name]]));
const all = (map: ReadonlyMap<string, Sums>) =>
  Object.fromEntries([...map].map(([key, sums]) => [key, shared(sums)]));

/** What the script in another language makes of the same lines. */
async function secondOpinion({ world }: Pick<Fortnight, 'world'>, days: number) {
  const input = (await world.entries()).map((entry) => JSON.stringify(entry)).join('\n');
  const { stdout, stderr, status } = spawnSync('python3', [SCRIPT, RUNNER, String(days)], {
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the second opinion failed: ${stderr}`);
  return JSON.parse(stdout);
}

const ownOpinion = ({ clock, totals }: Account) => ({
  state: clock.state,
  day: clock.day,
  startedOn: clock.startedOn ?? null,
  completedOn: clock.completedOn ?? null,
  resets: clock.resets.map(({ day, reason }) => [day, reason]),
  totals: shared(totals.all),
  weeks: all(totals.byWeek),
  labels: all(totals.byLabel),
});

describe('a fortnight with late and dropped crons, an outage, a revoked key, a restart and a hand', () => {
  let fortnight: Fortnight;
  let account: Account;
  beforeAll(async () => {
    fortnight = await liveFortnight(11);
    account = accountOf(await fortnight.world.book(), {}, 14);
  });

  it('has a clock that the hand on day 6 began anew, and that ran out 14 days later', () => {
    expect(account.clock.resets.map(({ day, reason }) => `${day} ${reason}`)).toEqual([
      '2025-03-07 manual-run',
    ]);
    expect(account.clock).toMatchObject({
      state: 'complete',
      startedOn: '2025-03-07',
      completedOn: '2025-03-21',
    });
    expect(account.clock.calendar.map(({ number }) => number).slice(0, 9)).toEqual([
      0, 1, 2, 3, 4, 5, 0, 1, 2,
    ]);
  });

  it('has whole books, in which the tick that died is lost and charged with its reservation', () => {
    expect(account.gaps).toEqual([]);
    expect(account.totals.all).toMatchObject({ lost: 1, open: 0 });
    const dead = account.book.ticks.find(({ ended }) => ended?.data.outcome === 'lost');
    expect(dead?.ended?.data).toMatchObject({ usdInMicros: 400_000, usdProvenance: 'reserved' });
  });

  it('raised each alert once, and cleared it once', () => {
    const byAlert = Map.groupBy(fortnight.told, (line) => line.split(' ')[1] ?? '');
    for (const lines of byAlert.values()) {
      const states = lines.map((line) => line.split(' ')[2]);
      expect(states).toEqual(states.map((_, index) => (index % 2 === 0 ? 'raised' : 'cleared')));
    }
    expect([...byAlert.keys()].sort()).toContain('no-value');
    expect(fortnight.told).toMatchInlineSnapshot(`
      [
        "2025-03-02 missed-slots raised",
        "2025-03-02 missed-slots cleared",
        "2025-03-06 missed-slots raised",
        "2025-03-06 missed-slots cleared",
        "2025-03-09 missed-slots raised",
        "2025-03-09 missed-slots cleared",
        "2025-03-11 missed-slots raised",
        "2025-03-11 missed-slots cleared",
        "2025-03-11 no-value raised",
        "2025-03-13 no-value cleared",
        "2025-03-15 missed-slots raised",
        "2025-03-15 missed-slots cleared",
        "2025-03-16 late-slots raised",
        "2025-03-17 late-slots cleared",
        "2025-03-22 missed-slots raised",
        "2025-03-22 missed-slots cleared",
      ]
    `);
  });

  it('says of its incidents how they were found and mended', () => {
    expect(account.stories.map(({ incident, state, fix }) => [incident, state, fix])).toEqual([
      ['inc-1', 'recovered', 'a'.repeat(40)],
      ['inc-2', 'recovered', 'b'.repeat(40)],
    ]);
    expect(account.runLog.find(({ day }) => day === '2025-03-11')?.incidents).toMatchObject([
      { incident: 'inc-1' },
    ]);
  });

  it.skipIf(requireOrSkip(['python3']))(
    'is told the same by a second implementation, on every day of it',
    async () => {
      expect(await secondOpinion(fortnight, 14)).toEqual(ownOpinion(account));
      for (const days of [3, 8, 30]) {
        const own = accountOf(await fortnight.world.book(), {}, days);
        expect(await secondOpinion(fortnight, days)).toEqual(ownOpinion(own));
      }
    },
  );

  it.skipIf(requireOrSkip(['python3']))(
    'is told the same of other weather',
    async () => {
      const states = new Set<string>();
      for (const seed of SEEDS) {
        const other = await liveFortnight(seed);
        const own = ownOpinion(accountOf(await other.world.book(), {}, 14));
        expect(await secondOpinion(other, 14), `seed ${seed}`).toEqual(own);
        states.add(own.resets.map(([, reason]) => reason).join());
      }
      // It was not always the same story.
      expect(states.size).toBeGreaterThan(1);
    },
    LONG_MS,
  );
});

describe('the clock, whatever happens', () => {
  it.skipIf(requireOrSkip(['python3']))(
    'is told the same by a second implementation',
    async () => {
      const seen = new Set<string>();
      for (let seed = 0; seed < WILD; seed += 1) {
        const world = await liveWildly(seed);
        const own = ownOpinion(accountOf(await world.book(), {}, 3));
        expect(await secondOpinion({ world }, 3), `seed ${seed}`).toEqual(own);
        for (const word of [own.state, ...own.resets.map(([, reason]) => reason ?? '')]) seen.add(word);
      }
      // All of it happened at least once.
      const wanted = ['complete', 'running', 'waiting', ...RESET_REASONS];
      expect([...seen].sort()).toEqual(wanted.sort());
    },
    LONG_MS,
  );
});
