import { describe, expect, it } from 'vitest';
import type { Standing } from '../../src/deploy/promote.ts';
import type { Environment, Promotion } from '../../src/deploy/records.ts';
import { isGoneFrom, rollbackTarget } from '../../src/deploy/rollback-target.ts';
import { environment } from './examples.ts';
import { goingBack, gone, live, liveAgain, standing } from './live.ts';

/** An environment whose current version is the given one, and in which the highest was the last of all. */
const at = (current: Promotion, promotions: readonly Promotion[], highest = 3): Environment =>
  environment({
    current,
    promotions: [...promotions],
    highest: { version: highest, deployId: `d${highest}` },
  });
/** A fourth version, whose promotion is half-way. */
const withFourth = (pointer: Environment): Environment => ({
  ...pointer,
  highest: { version: 4, deployId: 'd4' },
  active: { deployId: 'd4', phase: 'promote', fence: 4, version: 4 },
});

const THREE = at(live(3), [live(1), live(2), live(3)]);
const BACK_AT_TWO = at(liveAgain(2), [live(1), liveAgain(2), gone(3)]);
const FOURTH = standing('promote', 4);

const aim = (pointer: Environment, half?: Standing, asked: { to?: string; from?: string } = {}) =>
  rollbackTarget(pointer, pointer.current as Promotion, half, { to: undefined, ...asked });

describe('a rollback that names no version', () => {
  it('goes to the version before the current one', () => {
    expect(aim(THREE)).toEqual({ kind: 'back', to: live(2), from: 3 });
  });

  it('passes by what was rolled back from', () => {
    expect(aim(at(live(3), [live(1), gone(2), live(3)]))).toEqual({ kind: 'back', to: live(1), from: 3 });
  });

  it.each([
    ['there was none', [live(3)]],
    ['all of them were rolled back from', [gone(1), gone(2), live(3)]],
  ])('goes nowhere where of versions before %s', (_, promotions) => {
    expect(aim(at(live(3), promotions))).toEqual({
      kind: 'refused',
      why: 'nothing-before',
      told: 'version 3 (d3) is the first that is live, or all before it were rolled back from',
    });
  });

  it('is there already after a rollback, and says from which version', () => {
    expect(aim(BACK_AT_TWO)).toEqual({ kind: 'there', to: liveAgain(2), from: 3 });
  });

  it('goes further back where it names what is current as what to go back from', () => {
    expect(aim(BACK_AT_TWO, undefined, { from: 'd2' })).toEqual({ kind: 'back', to: live(1), from: 2 });
  });

  it('goes back from a promotion that is half-way to what is live', () => {
    expect(aim(withFourth(THREE), FOURTH)).toEqual({ kind: 'back', to: live(3), from: 4 });
    expect(aim(withFourth(BACK_AT_TWO), FOURTH)).toEqual({ kind: 'back', to: liveAgain(2), from: 4 });
  });

  it('goes on with a rollback that is half-way', () => {
    const toOne = standing('rollback', 1, goingBack({ from: 3 }));
    expect(aim(THREE, toOne)).toEqual({ kind: 'back', to: live(1), from: 3 });
    // From a promotion that did not come to its end.
    const toThree = standing('rollback', 3, goingBack({ from: 4 }));
    expect(aim({ ...THREE, highest: { version: 4, deployId: 'd4' } }, toThree)).toEqual({
      kind: 'back',
      to: live(3),
      from: 4,
    });
  });
});

describe('a rollback to a version or deploy that is named', () => {
  it.each(['1', 'd1'])('goes there: %s', (to) => {
    expect(aim(THREE, undefined, { to })).toEqual({ kind: 'back', to: live(1), from: 3 });
  });

  it('goes also to what was rolled back from', () => {
    expect(aim(at(live(3), [live(1), gone(2), live(3)]), undefined, { to: '2' })).toEqual({
      kind: 'back',
      to: gone(2),
      from: 3,
    });
  });

  it('takes a name for a deploy’s before it takes it for a version', () => {
    const two = live(2, { deployId: '1' });
    const pointer = at(live(3), [live(1), two, live(3)]);
    expect(aim(pointer, undefined, { to: '1' })).toEqual({ kind: 'back', to: two, from: 3 });
  });

  it.each(['3', 'd3'])('is there already where that is current: %s', (to) => {
    expect(aim(THREE, undefined, { to })).toEqual({ kind: 'there', to: live(3), from: undefined });
  });

  it('goes back to what is current from a promotion that is half-way', () => {
    expect(aim(withFourth(THREE), FOURTH, { to: '3' })).toEqual({ kind: 'back', to: live(3), from: 4 });
  });

  it('may go elsewhere than a rollback that is half-way', () => {
    const half = standing('rollback', 1, goingBack({ from: 3 }));
    expect(aim(THREE, half, { to: 'd2' })).toEqual({ kind: 'back', to: live(2), from: 3 });
  });

  it('goes back only', () => {
    const refused = (told: string) => ({ kind: 'refused', why: 'not-before', told });
    const told = 'version 3 does not lie before version 2';
    expect(aim(BACK_AT_TWO, undefined, { to: '3' })).toEqual(refused(told));
    const half = standing('rollback', 1, goingBack({ from: 3 }));
    expect(aim(THREE, half, { to: '3' })).toEqual(refused('version 3 does not lie before version 3'));
  });

  it('goes nowhere where that was never live, and names the last five that were', () => {
    const all = [1, 2, 3, 4, 5, 6].map((version) => live(version));
    expect(aim(at(live(6), all, 6), undefined, { to: '9' })).toEqual({
      kind: 'refused',
      why: 'never-live',
      told: '9 was never live; these were: 2 (d2), 3 (d3), 4 (d4), 5 (d5), 6 (d6)',
    });
    expect(aim(withFourth(THREE), FOURTH, { to: '4' })).toMatchObject({ why: 'never-live' });
  });
});

describe('what a rollback may go back from, where one deploy is named', () => {
  const fromThree = standing('rollback', 1, goingBack({ from: 3 }));
  const fromFour = standing('rollback', 3, goingBack({ from: 4 }));
  const fourFailed = { ...THREE, highest: { version: 4, deployId: 'd4' } };
  const { highest: _, ...unknown } = THREE;

  it.each<[string, Environment, Standing | undefined, string, boolean]>([
    ['is what is current', THREE, undefined, 'd3', true],
    ['is not what was current before', THREE, undefined, 'd2', false],
    ['is the promotion that is half-way', withFourth(THREE), FOURTH, 'd4', true],
    ['is not what is still live then', withFourth(THREE), FOURTH, 'd3', false],
    ['is what a rollback that is half-way goes back from', THREE, fromThree, 'd3', true],
    ['is not where that goes', THREE, fromThree, 'd1', false],
    ['is the promotion that failed, where a rollback from it is half-way', fourFailed, fromFour, 'd4', true],
    ['is not what is live, where that is gone back to', fourFailed, fromFour, 'd3', false],
    ['is none that is not known', unknown, fromThree, 'd9', false],
  ])('%s', (_, pointer, half, deployId, is) => {
    expect(isGoneFrom(pointer, pointer.current as Promotion, half, deployId)).toBe(is);
  });
});
