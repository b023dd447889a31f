import { type CodedError, invalid } from '../proof/errors.ts';

/** A line of a file that somebody wrote. */
export interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** As editors and terminals understand it. */
export const placeText = ({ file, line }: Place): string => `${file}:${line}`;

/** An error about that line: its message begins with the place, and its check points there. */
export const invalidAt = (
  { file, line }: Place,
  code: string,
  message: string,
  cause?: unknown,
): CodedError => invalid(code, `${file}:${line}: ${message}`, { cause, at: { file, line } });
