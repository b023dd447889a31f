import { array, assert, asyncProperty, constantFrom, integer, option } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { walkPages } from '../../src/smoke/mcp/pages.ts';

/** Walks pages whose next cursors are these; after the last the list ends. */
const walk = (cursors: readonly (string | undefined)[], limits = { maxPages: 100, maxItems: 1000 }) => {
  let asked = 0;
  return walkPages(async () => ({ items: [asked], nextCursor: cursors[asked++] }), limits);
};

describe('a walk through pages', () => {
  it('takes all of them, sending each cursor as it came', async () => {
    const sent: (string | undefined)[] = [];
    const pages: Record<string, string | undefined> = { start: 'b==', 'b==': ' c ', ' c ': undefined };
    const { items, end } = await walkPages(async (cursor) => {
      sent.push(cursor);
      return { items: [cursor], nextCursor: pages[cursor ?? 'start'] };
    });
    expect([sent, items.length, end]).toEqual([[undefined, 'b==', ' c '], 3, 'complete']);
  });

  it('ends at an empty cursor without sending it', async () => {
    expect(await walk(['a', '', 'b'])).toMatchObject({ pages: 2, end: 'empty-cursor' });
  });

  it.each([
    [['a', 'a'], 2],
    [['a', 'b', 'a'], 3],
    [['a', 'b', 'c', 'b'], 4],
  ])('ends where a cursor comes again: %j', async (cursors, pages) => {
    expect(await walk(cursors)).toMatchObject({ pages, end: 'repeated-cursor' });
  });

  it('ends at its bounds', async () => {
    const fresh = Array.from({ length: 50 }, (_, index) => `c${index}`);
    expect(await walk(fresh, { maxPages: 7, maxItems: 1000 })).toMatchObject({
      pages: 7,
      end: 'too-many-pages',
    });
    expect(await walk(fresh, { maxPages: 100, maxItems: 7 })).toMatchObject({
      pages: 8,
      end: 'too-many-items',
    });
  });

  it('ends whatever a server does, and is whole only where the server ended it', async () => {
    const cursors = array(option(constantFrom('a', 'b', 'c', ''), { nil: undefined }), { maxLength: 12 });
    await assert(
      asyncProperty(cursors, integer({ min: 1, max: 6 }), async (given, maxPages) => {
        const { pages, end } = await walk(given, { maxPages, maxItems: 1000 });
        expect(pages).toBeLessThanOrEqual(maxPages);
        const last = given[pages - 1];
        expect(end === 'complete').toBe(last === undefined);
        expect(end === 'empty-cursor').toBe(last === '');
      }),
    );
  });
});
