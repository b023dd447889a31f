import type { Files } from '../files.ts';
import type { Reading, Source } from './source.ts';

/** What turning a parsed check into a plan needs. */
export interface Compiling {
  readonly reading: Reading;
  readonly files: Files;
  /** Absolute: of the file that the list stands in. */
  readonly folder: string;
  /** Whether there is something to resolve a path against. */
  readonly hasBaseUrl: boolean;
  /** Finds out whether a pattern, path or selector is one; what is wrong with it becomes a problem of `at`. */
  tryOut(what: 'regex' | 'json' | 'html', source: string, at: Source, flags?: string): void;
}
