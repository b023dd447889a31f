type Combination = Readonly<Record<string, unknown>>;

/** The combinations of an evaluated `strategy.matrix`: the product, less `exclude`, with `include` added as GitHub documents it. */
export function combinations(matrix: unknown): readonly (Combination | undefined)[] {
  if (matrix === undefined || matrix === null) return [undefined];
  const {
    include = [],
    exclude = [],
    ...axes
  } = matrix as Record<string, unknown> & {
    include?: Combination[];
    exclude?: Combination[];
  };
  const product = Object.entries(axes).reduce<Combination[]>(
    (rows, [name, values]) =>
      rows.flatMap((row) => (values as unknown[]).map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
  const kept = product.filter((row) => !exclude.some((rule) => matches(row, rule, Object.keys(rule))));
  const rows: Combination[] = Object.keys(axes).length === 0 ? [] : kept;
  const added: Combination[] = [];
  const originals = rows.map((row) => Object.keys(row));
  for (const rule of include) {
    let used = false;
    rows.forEach((row, index) => {
      // An include extends every combination whose own values it does not overwrite.
      const shared = (originals[index] ?? []).filter((key) => key in rule);
      if (!matches(row, rule, shared) || shared.length === 0) return;
      rows[index] = { ...row, ...rule };
      used = true;
    });
    if (!used) added.push(rule);
  }
  return [...rows, ...added];
}

const matches = (row: Combination, rule: Combination, keys: readonly string[]): boolean =>
  keys.every((key) => JSON.stringify(row[key]) === JSON.stringify(rule[key]));

/** A job's name with its matrix values behind it, as it is shown. */
export const matrixName = (name: string, row: Combination | undefined): string =>
  row === undefined ? name : `${name} (${Object.values(row).map(String).join(', ')})`;
