/** The value below which the share `q` of the values lies, interpolated between neighbours; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** How many of the values lie in each of so many equal parts of their range; the last part has both its ends. */
export function spread(values: readonly number[], parts: number) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const width = (most - least) / parts;
  const partOf = (value: number) =>
    Math.min(parts - 1, width === 0 ? 0 : Math.floor((value - least) / width));
  return Array.from({ length: width === 0 ? 1 : parts }, (_, part) => ({
    from: least + part * width,
    to: least + (part + 1) * width,
    count: values.filter((value) => partOf(value) === part).length,
  }));
}

/** Random numbers in [0, 1) that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same items in another order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
