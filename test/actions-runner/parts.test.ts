// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions are quoted as they stand in workflows
import { describe, expect, it } from 'vitest';
import { concurrencyGroups } from './concurrency.ts';
import { evaluateValue, holds } from './expressions.ts';
import { combinations } from './matrix.ts';

const limits = { group: 'G', cancelInProgress: false, queue: 'single' } as const;

describe('a concurrency group', () => {
  it('gives the place in the queue to a newcomer, or lets all wait in order', async () => {
    const { enter } = concurrencyGroups();
    const first = await enter(limits);
    const second = enter(limits);
    const third = enter({ ...limits, group: 'g' });
    expect(await second).toBeUndefined();
    const fourth = enter({ ...limits, queue: 'max' });
    first?.[Symbol.dispose]();
    const turn = await third;
    expect(turn?.signal.aborted).toBe(false);
    turn?.[Symbol.dispose]();
    expect(await fourth).toBeDefined();
  });

  it('cancels who is in progress only for a newcomer that says so', async () => {
    const { enter } = concurrencyGroups();
    const first = await enter(limits);
    const second = enter({ ...limits, cancelInProgress: true });
    expect(first?.signal.aborted).toBe(true);
    first?.[Symbol.dispose]();
    expect((await second)?.signal.aborted).toBe(false);
  });
});

describe('a matrix', () => {
  it('is the product, less what is excluded, extended and added to by what is included', () => {
    const include = [
      { os: 'b', extra: 1 },
      { n: 9, os: 'c' },
    ];
    expect(combinations({ os: ['a', 'b'], n: [1, 2], exclude: [{ os: 'a', n: 2 }], include })).toEqual([
      { os: 'a', n: 1 },
      { os: 'b', n: 1, extra: 1 },
      { os: 'b', n: 2, extra: 1 },
      { n: 9, os: 'c' },
    ]);
    expect(combinations({ include: [{ n: 1 }] })).toEqual([{ n: 1 }]);
    expect(combinations(undefined)).toEqual([undefined]);
  });
});

describe('an expression', () => {
  const scope = { status: 'failure', contexts: { github: { ref: 'r', n: 3 }, env: {} } } as const;

  it.each<[unknown, unknown]>([
    ['${{ github.n }}', 3],
    ['a ${{ github.ref }}${{ github.n }} b', 'a r3 b'],
    ["${{ format('}}}}{0}', github.REF) }}", '}}r'],
    ['${{ github.missing }}', null],
    ['x${{ github.missing }}', 'x'],
    [{ a: ['${{ true }}', 'plain'] }, { a: [true, 'plain'] }],
  ])('%j is %j', (text, value) => {
    expect(evaluateValue(text, scope)).toEqual(value);
  });

  it.each<[unknown, boolean]>([
    [undefined, false],
    ['always()', true],
    ['${{ failure() }}', true],
    ["github.ref == 'r'", false],
    ["!cancelled() && github.ref == 'r'", true],
    [false, false],
    // A text around it makes it true whatever it says.
    ['always() && ${{ false }}', true],
  ])('the condition %j after a failure: %s', (condition, value) => {
    expect(holds(condition, scope)).toBe(value);
  });
});
