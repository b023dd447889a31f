import type { Json } from '../../proof/schema.ts';

/** What an observation saw; undefined where the path selected nothing. */
export type Seen = Json | undefined;

/** What lies between two observations, in terms that can be compared with what lies between two others. */
export type Change =
  | { readonly kind: 'none' }
  /** A number, or a text that is one, grew by so much. */
  | { readonly kind: 'by'; readonly amount: number }
  /** Entries of a list, whatever their order. One that was altered counts as removed and added. */
  | { readonly kind: 'items'; readonly added: number; readonly removed: number }
  /** Keys of a map, and what became of the values under the others. */
  | {
      readonly kind: 'parts';
      readonly added: number;
      readonly removed: number;
      readonly changed: ReadonlyMap<string, Change>;
    }
  /** Another value, of which no difference can be formed: a text, true for false, a value where there was none. */
  | { readonly kind: 'replaced' };

const NONE: Change = { kind: 'none' };

export function changeBetween(before: Seen, after: Seen): Change {
  if (canonical(before) === canonical(after)) return NONE;
  const [from, to] = [numberOf(before), numberOf(after)];
  if (from !== undefined && to !== undefined && typeof before === typeof after) {
    const amount = difference(from, to);
    // `1.0` and `1.00` are two texts of one number: twice the same change would look like once.
    return amount === 0 ? { kind: 'replaced' } : { kind: 'by', amount };
  }
  if (Array.isArray(before) && Array.isArray(after)) return itemsBetween(before, after);
  if (isMap(before) && isMap(after)) return partsBetween(before, after);
  return { kind: 'replaced' };
}

export function sameChange(a: Change, b: Change): boolean {
  if (a.kind === 'by' && b.kind === 'by') return a.amount === b.amount;
  if (a.kind === 'items' && b.kind === 'items') return a.added === b.added && a.removed === b.removed;
  if (a.kind === 'parts' && b.kind === 'parts') {
    return (
      a.added === b.added &&
      a.removed === b.removed &&
      a.changed.size === b.changed.size &&
      [...a.changed].every(([key, change]) => {
        const other = b.changed.get(key);
        return other !== undefined && sameChange(change, other);
      })
    );
  }
  return a.kind === b.kind;
}

/** Whether the same change made twice would look different from once. A text that is replaced twice is just another text. */
export function isCountable(change: Change): boolean {
  switch (change.kind) {
    case 'by':
      return true;
    case 'items':
      return change.added !== change.removed;
    case 'parts':
      return change.added !== change.removed || [...change.changed.values()].some(isCountable);
    default:
      return false;
  }
}

/** In words: `+1`, `1 item added`. It holds no value or key that was seen, but differences of numbers. */
export function changeText(change: Change): string {
  switch (change.kind) {
    case 'none':
      return 'no change';
    case 'by':
      return change.amount > 0 ? `+${change.amount}` : `${change.amount}`;
    case 'items':
      return countText(change, 'item');
    case 'parts': {
      const inside = [...change.changed.values()].map(changeText);
      const counted = change.added + change.removed > 0 ? [countText(change, 'key')] : [];
      return [...counted, ...inside].join(', ');
    }
    case 'replaced':
      return 'another value';
  }
}

/** The same text for the same data, in whatever order its keys came. */
export function canonical(value: Seen): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isMap(value)) return value === undefined ? 'nothing' : JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

function itemsBetween(before: readonly Json[], after: readonly Json[]): Change {
  const left = new Map<string, number>();
  for (const item of before.map(canonical)) left.set(item, (left.get(item) ?? 0) + 1);
  let added = 0;
  for (const item of after.map(canonical)) {
    const count = left.get(item) ?? 0;
    if (count === 0) added += 1;
    else left.set(item, count - 1);
  }
  const removed = [...left.values()].reduce((sum, count) => sum + count, 0);
  // The same entries in another order: something was done, and it can't be counted.
  return added + removed === 0 ? { kind: 'replaced' } : { kind: 'items', added, removed };
}

function partsBetween(before: JsonMap, after: JsonMap): Change {
  const kept = Object.keys(before).filter((key) => Object.hasOwn(after, key));
  const changes = kept.map((key) => [key, changeBetween(before[key], after[key])] as const);
  return {
    kind: 'parts',
    added: Object.keys(after).length - kept.length,
    removed: Object.keys(before).length - kept.length,
    changed: new Map(changes.filter(([, change]) => change.kind !== 'none')),
  };
}

type JsonMap = { readonly [key: string]: Json };
const isMap = (value: Seen): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Amounts often come as texts; what is too long to be reckoned with exactly is left a text. */
function numberOf(value: Seen): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,15}(\.\d{1,12})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

/** As exact as the two were written: 0.3 − 0.2 is 0.1. */
function difference(from: number, to: number): number {
  const decimals = Math.max(...[from, to].map(decimalsOf));
  return Number((to - from).toFixed(decimals));
}

const decimalsOf = (value: number): number =>
  /e/.test(String(value)) ? 20 : (String(value).split('.')[1]?.length ?? 0);

function countText({ added, removed }: { added: number; removed: number }, what: string): string {
  const one = (count: number, done: string) =>
    count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'} ${done}`];
  return [...one(added, 'added'), ...one(removed, 'removed')].join(', ');
}
