import { describe, expect, it } from 'vitest';
import { readCadence } from '../../src/runner/cadence.ts';
import { leftOpen } from '../../src/runner/history-ticks.ts';
import { allowedLateMs, LATE_CEILING_MS, LATE_FLOOR_MS, watch } from '../../src/runner/watchdog.ts';
import { HOUR_MS, MINUTE_MS, openWorld, RUNNER, type World } from './world.ts';

const START = Date.parse('2026-03-01T00:00:00.000Z');
const VALUELESS = { end: { valueMicros: 0, units: 0 } };

const found = async (world: World, cadence?: Awaited<ReturnType<typeof readCadence>>) =>
  watch(await world.book(), { ticks: 3, cadence, nowMs: world.clock.ms }).map(
    ({ alert, count }) => `${alert} ${count}`,
  );

/** Of the account: the numbers of the ticks that lack an end as of now. */
const withoutEnd = async (world: World) =>
  leftOpen((await world.book()).ticks, world.clock.ms).map(({ number }) => number);

describe('ticks without value', () => {
  it('are told at the limit, once, and again when one brings something', async () => {
    const world = openWorld(START);
    const told: string[][] = [];
    for (const plan of [VALUELESS, VALUELESS, VALUELESS, VALUELESS, {}, VALUELESS, {}]) {
      await world.tick({ ...plan, slotMs: null });
      told.push(await world.look());
    }
    expect(told).toEqual([[], [], ['no-value raised'], [], ['no-value cleared'], [], []]);
    const kinds = (await world.entries())
      .map(({ kind }) => kind)
      .filter((kind) => /^(alert|watchdog)/.test(kind));
    expect(kinds.filter((kind) => kind === 'watchdog-looked')).toHaveLength(7);
    expect(kinds.filter((kind) => kind.startsWith('alert'))).toEqual([
      'alert-raised',
      'alert-told',
      'alert-cleared',
      'alert-told',
    ]);
  });

  it('are those too that failed, and that a control stopped', async () => {
    const world = openWorld(START);
    await world.tick({ slotMs: null, end: { outcome: 'failed', valueMicros: 0, units: 0 } });
    await world.tick({ slotMs: null, estimateMicros: 6_000_000 });
    await world.tick({ slotMs: null, estimateMicros: 6_000_000 });
    const [finding] = watch(await world.book(), { ticks: 3, nowMs: world.clock.ms });
    expect(finding).toMatchObject({ alert: 'no-value', count: 3 });
    expect(finding?.says).toContain('2 of them stopped by a control');
  });

  it('are not those that brought units without a price', async () => {
    const world = openWorld(START);
    for (let tick = 0; tick < 4; tick += 1)
      await world.tick({ slotMs: null, end: { valueMicros: 0, units: 1 } });
    expect(await found(world)).toEqual([]);
  });
});

describe('a watchdog that dies', () => {
  it('after it found something, leaves it to the next look to tell', async () => {
    const world = openWorld(START);
    for (let tick = 0; tick < 3; tick += 1) await world.tick({ ...VALUELESS, slotMs: null });
    await world.findOnly();
    expect(await world.look()).toEqual(['no-value raised']);
    expect(await world.look()).toEqual([]);
    await world.tick({ slotMs: null });
    await world.findOnly();
    expect(await world.look()).toEqual(['no-value cleared']);
    expect(await world.look()).toEqual([]);
    expect((await world.book()).alerts.map(({ data }) => data.kind)).toEqual([
      'alert-raised',
      'alert-cleared',
    ]);
  });
});

describe('slots', () => {
  const hourly = readCadence('0 * * * *');

  it('are missed when the time has passed in which they use to be served', async () => {
    const cadence = await hourly;
    const world = openWorld(START);
    for (let hour = 0; hour < 8; hour += 1) {
      world.clock.ms = START + hour * HOUR_MS + 5 * MINUTE_MS;
      await world.tick();
    }
    world.clock.ms = START + 8 * HOUR_MS + 14 * MINUTE_MS;
    expect(await found(world, cadence)).toEqual([]);
    world.clock.ms = START + 8 * HOUR_MS + 16 * MINUTE_MS;
    expect(await found(world, cadence)).toEqual(['missed-slots 1']);
    world.clock.ms = START + 11 * HOUR_MS + 16 * MINUTE_MS;
    expect(await found(world, cadence)).toEqual(['missed-slots 4']);
    await world.tick();
    expect(await found(world, cadence)).toEqual(['late-slots 1']);
  });

  it('are late only beyond what was usual before', async () => {
    const cadence = await hourly;
    const world = openWorld(START);
    for (const [hour, minute] of [0, 20, 22, 25, 30, 28].entries()) {
      world.clock.ms = START + hour * HOUR_MS + minute * MINUTE_MS;
      await world.tick();
    }
    expect(await found(world, cadence)).toEqual([]);
    world.clock.ms = START + 6 * HOUR_MS + 50 * MINUTE_MS;
    await world.tick();
    expect(await found(world, cadence)).toEqual(['late-slots 1']);
  });

  it('are not waited for before anything is known of a runner', async () => {
    expect(await found(openWorld(START), await hourly)).toEqual([]);
  });

  it('are allowed what was learned, with a floor and a ceiling', () => {
    const minutes = (...all: number[]) => all.map((minute) => minute * MINUTE_MS);
    expect(allowedLateMs(minutes(1, 1, 1, 1, 1), HOUR_MS)).toBe(LATE_FLOOR_MS);
    expect(allowedLateMs(minutes(20, 20, 20, 20, 20), HOUR_MS)).toBe(30 * MINUTE_MS);
    expect(allowedLateMs(minutes(1000, 1000, 1000, 1000, 1000), HOUR_MS)).toBe(LATE_CEILING_MS);
    // Nothing learned: until the next slot.
    expect(allowedLateMs(minutes(1), HOUR_MS)).toBe(HOUR_MS);
    expect(allowedLateMs([], 7 * 24 * HOUR_MS)).toBe(LATE_CEILING_MS);
    expect(allowedLateMs([], MINUTE_MS)).toBe(LATE_FLOOR_MS);
  });

  it('cost no more to count after years than after a day', async () => {
    const cadence = await readCadence('* * * * *');
    const world = openWorld(START);
    await world.tick();
    world.clock.ms = START + 20 * 365 * 24 * HOUR_MS;
    expect(await found(world, cadence)).toEqual(['missed-slots 1000']);
  });
});

describe('a tick that died', () => {
  it('is told when the next one finds it, and cleared by one that ends', async () => {
    const world = openWorld(START);
    await world.tick({ slotMs: null, end: 'dies' });
    expect(await world.look()).toEqual([]);
    world.clock.ms += 2 * HOUR_MS;
    await world.tick({ slotMs: null, end: 'dies' });
    expect(await world.look()).toEqual(['lost-tick raised']);
    world.clock.ms += 2 * HOUR_MS;
    await world.tick({ slotMs: null });
    expect(await world.look()).toEqual(['lost-tick cleared']);
  });
});

describe('books', () => {
  it('that somebody wrote into are told', async () => {
    const world = openWorld(START);
    await world.tick({ slotMs: null });
    await world.write({ kind: 'tick-ended', runner: RUNNER, tick: 1 });
    expect(await world.look()).toEqual(['books-gap raised']);
    expect(await world.look()).toEqual([]);
  });

  it('have no gap where a tick was halted while another one was open, or dead', async () => {
    const world = openWorld(START);
    await world.drills();
    await world.tick({ slotMs: null, end: 'dies' });
    expect(await world.tick({ slotMs: null, estimateMicros: 9_000_000 })).toMatchObject({ kind: 'halted' });
    expect(await world.look()).toEqual([]);
    expect(await withoutEnd(world)).toEqual([]);
    world.clock.ms += HOUR_MS;
    expect(await withoutEnd(world)).toEqual([1]);
  });

  it('have a gap where a tick was started before the one before it had ended', async () => {
    const world = openWorld(START);
    await world.tick({ slotMs: null, end: 'dies' });
    const started = (await world.entries()).find(({ kind }) => kind === 'tick-started');
    const { schemaVersion, id, at, actor, run, ...body } = started ?? ({} as never);
    await world.write({ ...(body as { kind: string }), tick: 2 });
    expect(await world.look()).toEqual(['books-gap raised']);
    expect(await withoutEnd(world)).toEqual([1]);
  });

  it.each([
    ['a number that was left out', { tick: 3 }, 'tick 3 follows upon tick 1'],
    ['a number that is taken', { tick: 1 }, 'tick 1 stands there twice'],
    [
      'another day than its own',
      { tick: 2, day: '2026-02-28' },
      'tick 2 is charged to another day than its own',
    ],
  ])('do not take a tick with %s', async (_, changed, what) => {
    const world = openWorld(START);
    await world.tick({ slotMs: null });
    const started = (await world.entries()).find(({ kind }) => kind === 'tick-started');
    const { schemaVersion, id, at, actor, run, ...body } = started ?? ({} as never);
    await world.write({ ...(body as { kind: string }), ...changed });
    expect((await world.book()).oddities.map((oddity) => oddity.what)).toEqual([what]);
  });

  it.each([
    ['twice', {}, 'tick 1 ended twice'],
    ['of a tick that never was', { tick: 9 }, 'tick 9 ended, but never started'],
  ])('do not take an end %s', async (_, changed, what) => {
    const world = openWorld(START);
    await world.tick({ slotMs: null });
    const ended = (await world.entries()).find(({ kind }) => kind === 'tick-ended');
    const { schemaVersion, id, at, actor, run, ...body } = ended ?? ({} as never);
    await world.write({ ...(body as { kind: string }), ...changed });
    expect((await world.book()).oddities.map((oddity) => oddity.what)).toEqual([what]);
  });

  it('take what a tick was charged after it was given up', async () => {
    const world = openWorld(START);
    const verdict = await world.tick({ slotMs: null, end: 'dies' });
    world.clock.ms += 2 * HOUR_MS;
    await world.tick({ slotMs: null });
    const fence = verdict.kind === 'started' ? verdict.open.fence : 0;
    const correction = {
      kind: 'tick-corrected',
      runner: RUNNER,
      tick: 1,
      fence,
      day: '2026-03-01',
      usdInMicros: 5,
    };
    await world.write(correction);
    const { oddities, ticks } = await world.book();
    expect(oddities).toEqual([]);
    expect(ticks[0]).toMatchObject({ correctedMicros: 5 });
    await world.write({ ...correction, tick: 2 });
    expect((await world.book()).oddities).toHaveLength(1);
  });
});
