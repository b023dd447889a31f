import { describe, expect, it } from 'vitest';
import { runClock } from '../../src/runner/clock.ts';
import { DAY_MS } from '../../src/runner/day.ts';
import { HOUR_MS, OTHER_CONFIG, openWorld, RUNNER, type TickPlan, type World } from './world.ts';

const START = Date.parse('2026-03-01T09:00:00.000Z');
const at = (day: number, hour = 9): number => START + day * DAY_MS + (hour - 9) * HOUR_MS;

/** Drills on day 0, and a tick a day; what a test does on a day comes before that day's tick. */
async function runDays(days: number, on: Readonly<Record<number, (world: World) => Promise<unknown>>> = {}) {
  const world = openWorld(START);
  await world.drills();
  for (let day = 0; day <= days; day += 1) {
    world.clock.ms = Math.max(world.clock.ms, at(day));
    await on[day]?.(world);
    if (!SKIPS.has(on[day])) await world.tick();
  }
  return world;
}

const SKIPS = new Set<unknown>();
/** Nothing runs on that day. */
const noTick = async () => {};
SKIPS.add(noTick);

const clockOf = async (world: World, asOfMs = world.clock.ms, days = 14) =>
  runClock(await world.book(), { days, asOfMs });

describe('the clock', () => {
  it('runs out after 14 days in a row with a scheduled tick that passed', async () => {
    const clock = await clockOf(await runDays(14));
    expect(clock).toMatchObject({
      state: 'complete',
      day: 14,
      startedOn: '2026-03-01',
      completedOn: '2026-03-15',
      resets: [],
      lacks: [],
    });
    expect(clock.calendar.map(({ number }) => number)).toEqual(Array.from({ length: 15 }, (_, day) => day));
  });

  it('is not out a day earlier', async () => {
    expect(await clockOf(await runDays(13))).toMatchObject({ state: 'running', day: 13 });
  });

  it('waits for the cap drill and two different kill drills', async () => {
    const world = openWorld(START);
    await world.tick();
    expect(await clockOf(world)).toMatchObject({
      state: 'waiting',
      lacks: ['spend-cap', 'kill-flag', 'kill-process'],
    });
    await world.drill('spend-cap');
    await world.drill('kill-flag');
    await world.drill('kill-flag');
    expect(await clockOf(world)).toMatchObject({ state: 'waiting', lacks: ['kill-process'] });
    await world.drill('kill-process', 'inconclusive');
    expect(await clockOf(world)).toMatchObject({ state: 'waiting', lacks: ['kill-process'] });
    await world.drill('kill-process');
    expect(await clockOf(world)).toMatchObject({ state: 'running', day: 0, startedOn: '2026-03-01' });
  });

  it('does not take drills with another config', async () => {
    const world = openWorld(START);
    await world.drills(OTHER_CONFIG);
    await world.tick();
    expect(await clockOf(world)).toMatchObject({ state: 'waiting' });
  });

  it('counts ticks before it as supervised, by hand or not, and starts all the same', async () => {
    const world = openWorld(START);
    await world.tick({ trigger: 'manual', actor: 'host:laptop', run: undefined });
    world.clock.ms = at(1);
    await world.tick({ actor: 'host:laptop', run: undefined });
    await world.drills();
    for (const day of [2, 3]) {
      world.clock.ms = at(day);
      await world.tick();
    }
    const clock = await clockOf(world);
    expect(clock).toMatchObject({ state: 'running', day: 2, startedOn: '2026-03-02', resets: [] });
    expect(clock.calendar[0]).toEqual({ day: '2026-03-01', mark: 'supervised', number: null });
  });

  const manual = (plan: TickPlan) => (world: World) => world.tick({ slotMs: null, ...plan });
  it.each([
    ['a manual run', 'manual-run', manual({ trigger: 'manual' })],
    [
      'a run that says it was scheduled, of an event that is not',
      'manual-run',
      manual({ run: { id: '1', attempt: 1, event: 'workflow_dispatch' } }),
    ],
    ['a re-run', 're-run', manual({ trigger: 'rerun', attempt: 2 })],
    ['a re-run that does not say so', 're-run', manual({ run: { id: '1', attempt: 2, event: 'schedule' } })],
    [
      'a tick that a host wrote among those of a platform',
      'hand-made',
      (world: World) => world.tick({ actor: 'host:laptop', run: undefined, slotMs: null }),
    ],
    [
      'an entry of an unknown kind',
      'hand-made',
      (world: World) => world.write({ kind: 'tick-blessed', runner: RUNNER }),
    ],
    [
      'an end without a start',
      'hand-made',
      (world: World) => world.write({ kind: 'tick-ended', runner: RUNNER, tick: 99 }),
    ],
    [
      'a drill that lacks its evidence',
      'hand-made',
      (world: World) =>
        world.write({ kind: 'drill', runner: RUNNER, control: 'spend-cap', outcome: 'passed' }),
    ],
    ['a drill that failed and then passed', 'drill-failed', failAndPass],
  ])('begins anew on the day of %s', async (_, reason, act) => {
    const clock = await clockOf(await runDays(9, { 6: act }));
    expect(clock.resets.map(({ day, reason }) => `${day} ${reason}`)).toEqual([`2026-03-07 ${reason}`]);
    expect(clock).toMatchObject({ state: 'running', day: 3, startedOn: '2026-03-07' });
    expect(clock.resets[0]?.detail).toMatch(/\w/);
  });

  it('begins anew on a day without a tick that passed', async () => {
    const failed = (world: World) => world.tick({ end: { outcome: 'failed' } });
    SKIPS.add(failed);
    for (const act of [noTick, failed]) {
      const clock = await clockOf(await runDays(9, { 6: act }));
      expect(clock.resets).toEqual([
        {
          at: '2026-03-08T00:00:00.000Z',
          day: '2026-03-07',
          reason: 'missed-day',
          detail: 'no scheduled tick passed on cadence',
        },
      ]);
      expect(clock).toMatchObject({ day: 3, startedOn: '2026-03-07' });
    }
  });

  it('stops when the config changes, until its controls are drilled', async () => {
    const other = (world: World) => world.tick({ config: OTHER_CONFIG });
    SKIPS.add(other);
    const world = await runDays(7, { 6: other, 7: other });
    const stopped = await clockOf(world);
    expect(stopped.resets).toMatchObject([{ day: '2026-03-07', reason: 'config-changed' }]);
    expect(stopped).toMatchObject({ state: 'waiting', lacks: ['spend-cap', 'kill-flag', 'kill-process'] });
    await world.drills(OTHER_CONFIG);
    world.clock.ms = at(8);
    await other(world);
    expect(await clockOf(world)).toMatchObject({ state: 'running', day: 1, startedOn: '2026-03-08' });
  });

  it('counts no tick that is off its cadence, and none without one', async () => {
    for (const slotMs of [null, at(6) - 25 * HOUR_MS, at(6) + HOUR_MS]) {
      const off = (world: World) => world.tick({ slotMs });
      SKIPS.add(off);
      const { resets } = await clockOf(await runDays(7, { 6: off }));
      expect(resets).toMatchObject([{ day: '2026-03-07', reason: 'missed-day' }]);
    }
  });

  it('leaves a day open until it is over', async () => {
    const world = await runDays(5);
    expect(await clockOf(world, at(6, 23))).toMatchObject({ state: 'running', day: 5, resets: [] });
    expect((await clockOf(world, at(6, 23))).calendar.at(-1)).toMatchObject({ mark: 'open', number: 6 });
    expect((await clockOf(world, at(7, 1))).resets).toMatchObject([{ day: '2026-03-07' }]);
  });

  it('is not begun anew by what people may do at any time', async () => {
    const world = await runDays(7, {
      6: async (the) => {
        await the.incident({ title: 'no mail' });
        await the.write({ kind: 'breaker-rearmed', runner: RUNNER });
        await the.write({ kind: 'hold-set', scope: 'deploys', reason: 'freeze' });
        await the.write({ kind: 'tick-blessed', runner: 'another' });
        await the.look();
      },
    });
    expect(await clockOf(world)).toMatchObject({ day: 7, resets: [] });
  });

  it('stays run out, whatever comes later', async () => {
    const world = await runDays(14);
    world.clock.ms = at(20);
    await world.tick({ trigger: 'manual' });
    expect(await clockOf(world)).toMatchObject({ state: 'complete', completedOn: '2026-03-15', resets: [] });
  });

  it('stays run out, whatever comes later on its last day', async () => {
    const world = await runDays(14);
    world.clock.ms += HOUR_MS;
    await world.tick({ trigger: 'manual', config: OTHER_CONFIG });
    expect(await clockOf(world)).toMatchObject({ state: 'complete', completedOn: '2026-03-15', resets: [] });
  });

  it('is begun anew by what comes before the tick of its last day', async () => {
    const by = (the: World) => the.tick({ trigger: 'manual', slotMs: null });
    expect(await clockOf(await runDays(14, { 14: by }))).toMatchObject({ state: 'running', day: 0 });
  });

  it('does not run without a ledger', async () => {
    expect(await clockOf(openWorld(START))).toMatchObject({ state: 'waiting', calendar: [] });
  });
});

async function failAndPass(world: World) {
  await world.drill('spend-cap', 'failed');
  await world.drill('spend-cap');
}
