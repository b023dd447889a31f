/** How the walk through a list's pages ended. Only `complete` and `empty-cursor` mean that all of it was seen. */
export type ListEnd = 'complete' | 'empty-cursor' | 'repeated-cursor' | 'too-many-pages' | 'too-many-items';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string | undefined;
}

export interface Listing<Item> {
  readonly items: readonly Item[];
  readonly pages: number;
  readonly end: ListEnd;
}

/** Far more than a model can be offered, and few enough to be read in seconds. */
export const LIST_LIMITS = { maxPages: 100, maxItems: 10_000 } as const;

/**
 * All pages of a list. A cursor is opaque, but one that came before leads to where it led before: such a list has no
 * end. Neither has one whose cursors are always new; that one ends at a bound.
 */
export async function walkPages<Item>(
  fetchPage: (cursor: string | undefined) => Promise<Page<Item>>,
  limits: { readonly maxPages: number; readonly maxItems: number } = LIST_LIMITS,
): Promise<Listing<Item>> {
  const items: Item[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 1; ; pages += 1) {
    const page = await fetchPage(cursor);
    items.push(...page.items);
    const end = endOf(page.nextCursor, seen, pages, items.length, limits);
    if (end !== undefined) return { items, pages, end };
    cursor = page.nextCursor;
    seen.add(cursor ?? '');
  }
}

/** Why no page is asked for after this one; undefined when there is one more. */
function endOf(
  nextCursor: string | undefined,
  seen: ReadonlySet<string>,
  pages: number,
  items: number,
  { maxPages, maxItems }: { readonly maxPages: number; readonly maxItems: number },
): ListEnd | undefined {
  if (nextCursor === undefined) return 'complete';
  // Against the specification, but common; asking with it would give some servers' first page again.
  if (nextCursor === '') return 'empty-cursor';
  if (seen.has(nextCursor)) return 'repeated-cursor';
  if (pages >= maxPages) return 'too-many-pages';
  return items > maxItems ? 'too-many-items' : undefined;
}
