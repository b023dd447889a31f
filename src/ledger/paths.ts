import { invalid } from '../proof/errors.ts';

/**
 * Names that become parts of a git path, a ref or a Redis key. The grammar is narrow on purpose: nothing in it needs
 * quoting anywhere, and no name can climb, hide or look like an option.
 */
const SEGMENT = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}';
/** Records are files that end in `.json`, so that no folder and no record ever want the same name. */
const FOLDERS = `(?:(?![^/]*\\.json/)${SEGMENT}/){1,7}`;
const RECORD_PATH = new RegExp(`^${FOLDERS}${SEGMENT}$`);
const FOLDER = new RegExp(`^${FOLDERS}$`);
const NAMESPACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A record's path, such as `claims/3f/9a…`. It always has a folder, so that no record can pose as the head. */
export function assertRecordPath(path: string): void {
  if (!RECORD_PATH.test(path)) throw new TypeError(`not a record path: ${JSON.stringify(path)}`);
}

/** A prefix for `list`: whole folders, ending in `/`. */
export function assertPrefix(prefix: string): void {
  if (!FOLDER.test(prefix)) throw new TypeError(`not a record prefix: ${JSON.stringify(prefix)}`);
}

/** A namespace is one component of a ref name (git-check-ref-format) and of a key. */
export function parseNamespace(text: string): string {
  if (!NAMESPACE.test(text) || text.includes('..') || /(?:\.|\.lock)$/i.test(text)) {
    throw invalid(
      'namespace-invalid',
      `namespace ${JSON.stringify(text.slice(0, 80))} is not usable: use one name of letters, digits, ".", "_" and "-" (at most 64, no "..", no ".lock" at the end)`,
    );
  }
  return text;
}
