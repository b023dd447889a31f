import { describe, expect, it } from 'vitest';
import { movedBack, promoted } from '../../src/deploy/pointer.ts';
import type { Environment } from '../../src/deploy/records.ts';
import { ago, deploy, done, environment, moment } from './examples.ts';
import { deployOf, gone, live } from './live.ts';

const LATER = moment({ writtenMs: Date.parse(ago(-2)) });
const SEVENTH = { deployId: 'd7', phase: 'promote', fence: 4, version: 7 } as const;
const MADE = { deployId: 'd7', buildId: 'build-7', version: 7, artifactId: 'shop:7', at: ago(-2), fence: 4 };

describe('the pointer after a promotion', () => {
  const before = environment({
    current: live(5),
    highest: { version: 7, deployId: 'd7' },
    floor: 6,
    active: SEVENTH,
    promotions: [live(5), gone(6)],
  });

  it('names what was promoted, and nothing is half-way any more', () => {
    const current = { ...MADE, how: 'promote' };
    expect(promoted(before, deploy(), done(), LATER)).toEqual({
      kind: 'moved',
      environment: {
        schemaVersion: 1,
        environment: 'production',
        current,
        highest: { version: 7, deployId: 'd7' },
        floor: 7,
        promotions: [live(5), gone(6), current],
      },
    });
  });

  it('remembers the newest hundred', () => {
    const many = Array.from({ length: 100 }, (_, at) => live(at, { deployId: `e${at}` }));
    const moved = promoted({ ...before, promotions: many }, deploy(), done(), LATER);
    if (moved.kind === 'refused') throw new Error(moved.told);
    const { promotions } = moved.environment;
    expect([promotions.length, promotions[0], promotions.at(-1)]).toEqual([
      100,
      many[1],
      { ...MADE, how: 'promote' },
    ]);
  });
});

describe('the pointer after a rollback', () => {
  const before = environment({
    current: live(4),
    highest: { version: 4, deployId: 'd4' },
    floor: 3,
    active: { deployId: 'd2', phase: 'rollback', fence: 9, version: 2 },
    promotions: [live(1), live(2), live(3), live(4)],
  });
  const attempt = done({ fence: 9, artifactId: 'shop:2', from: 4 });
  const current = live(2, { at: ago(-2), fence: 9, how: 'rollback' });
  const back = (changes: Partial<Environment> = {}) =>
    movedBack({ ...before, ...changes }, deployOf(2), attempt, LATER);

  it('names what was gone back to, and marks all that it went back over', () => {
    expect(back()).toEqual({
      kind: 'moved',
      environment: {
        schemaVersion: 1,
        environment: 'production',
        current,
        highest: { version: 4, deployId: 'd4' },
        floor: 4,
        promotions: [live(1), current, gone(3), gone(4)],
      },
      from: 4,
      over: ['d3', 'd4'],
    });
  });

  it('went back over a promotion, too, that never came to its end', () => {
    expect(back({ current: live(3), promotions: [live(2), live(3)] })).toMatchObject({
      environment: { promotions: [current, gone(3)] },
      over: ['d3', 'd4'],
    });
  });

  it('goes back to what was once rolled back from, and over what was, without telling it twice', () => {
    expect(back({ promotions: [gone(2), gone(3), live(4)] })).toMatchObject({
      environment: { promotions: [current, gone(3), gone(4)] },
      over: ['d4'],
    });
    expect(Object.keys(current)).not.toContain('rolledBack');
  });

  it('leaves alone what lies above that which it went back from', () => {
    const highest = { version: 5, deployId: 'd5' };
    expect(back({ floor: 5, highest, promotions: [live(2), live(4), live(5)] })).toMatchObject({
      environment: { floor: 5, promotions: [current, gone(4), live(5)] },
      over: ['d4'],
    });
  });

  it('goes back over nothing where it is not known from what', () => {
    const { from: _, ...unknown } = attempt;
    const active = { deployId: 'd0', phase: 'rollback', fence: 9, version: 0 } as const;
    const { highest: _h, ...pointer } = { ...before, active, promotions: [live(0), live(1)] };
    const moved = movedBack(pointer, deployOf(0), unknown, LATER);
    expect(moved).toMatchObject({ from: -1, over: [], environment: { floor: 3 } });
    expect(moved).toMatchObject({ environment: { promotions: [{ version: 0, how: 'rollback' }, live(1)] } });
  });
});

describe('whoever the environment did not wait for', () => {
  const FOURTH = { deployId: 'd2', phase: 'rollback', fence: 4, version: 2 } as const;
  it.each<[string, Environment | undefined, string]>([
    ['it knows of no other', environment(), 'another deploy'],
    ['its record is gone', undefined, 'another deploy'],
    ['it is at another deploy', environment({ active: { ...SEVENTH, deployId: 'd8' } }), 'd8'],
    ['it is at another grant', environment({ active: { ...SEVENTH, fence: 5 } }), 'd7'],
    ['it is at a rollback of it', environment({ active: { ...SEVENTH, phase: 'rollback' } }), 'd7'],
    ['it is at a rollback of the same fence', environment({ active: FOURTH }), 'd2'],
  ])('moves no pointer: %s', (_, pointer, other) => {
    const told = `the environment went on to ${other}`;
    expect(promoted(pointer, deploy(), done(), LATER)).toEqual({
      ...{ kind: 'refused', why: 'overtaken', told },
      attempt: done(),
    });
  });

  it.each<[string, Environment | undefined, string]>([
    ['its record is gone', undefined, 'another deploy'],
    ['it is at the promotion', environment({ active: SEVENTH }), 'd7'],
  ])('goes nowhere back: %s', (_, pointer, other) => {
    const told = `the environment went on to ${other}`;
    expect(movedBack(pointer, deploy(), done(), LATER)).toEqual({
      ...{ kind: 'refused', why: 'overtaken', told },
      attempt: done(),
    });
  });
});
