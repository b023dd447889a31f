/** One tool as a server lists it; what else it says of it is not ours to read. */
export interface ListedTool {
  readonly name: string;
  readonly inputSchema: { readonly [key: string]: unknown };
}

/** How the listed tools differ from the wanted ones; each list in order, without repetitions. */
export interface ToolDifference {
  readonly missing: readonly string[];
  /** Listed and not wanted: wrong only where the list is to be exact. */
  readonly extra: readonly string[];
  /** Listed more than once: which of them a client calls is anybody's guess. */
  readonly duplicates: readonly string[];
}

/** Compares by exact names: MCP's are case-sensitive. */
export function compareTools(listed: readonly string[], wanted: readonly string[]): ToolDifference {
  const there = new Set(listed);
  const asked = new Set(wanted);
  return {
    missing: [...asked].filter((name) => !there.has(name)),
    extra: [...there].filter((name) => !asked.has(name)),
    duplicates: [...new Set(listed.filter((name, index) => listed.indexOf(name) !== index))],
  };
}
