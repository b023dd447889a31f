/** What is known of one file of a stamped build. */
export interface StampedFile {
  readonly path: string;
  readonly kind: 'page' | 'text' | 'manifest' | 'build-id';
  readonly changed: boolean;
  readonly sha256: string;
  readonly bytes: number;
}

/** A file as it shall be. */
export interface Output extends StampedFile {
  readonly content: Uint8Array;
}

/** What earlier stampings left in the folder. */
export interface StampHistory {
  /** The id in the id file: a run with it came to its end. */
  readonly done: string | undefined;
  /** The id in the staged id file: a run with it died when it may have moved some files. */
  readonly begun: string | undefined;
}
