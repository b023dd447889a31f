import { createHash, createHmac } from 'node:crypto';

/** A digest that may stand in public: where there is a secret, nobody can find out by guessing what it is of. */
export const digestOf = (text: string, secret: string | undefined): string =>
  (secret ? createHmac('sha256', secret) : createHash('sha256')).update(text).digest('hex');

/** How a command failed. */
export interface Failure {
  readonly exitCode: number;
  /** What ended it, where it did not end by itself. */
  readonly cause?: string | undefined;
  /** The last line that it printed to its standard error (or output). */
  readonly lastLine: string;
}

/**
 * What makes two failures the same: exit code and last line, without what differs each time (numbers, times, ids, paths of
 * temporary files), so that a runner that makes no progress is seen to make none.
 */
export const failureText = ({ exitCode, cause = '', lastLine }: Failure): string =>
  JSON.stringify([
    exitCode,
    cause,
    lastLine
      .slice(0, 2_000)
      .replace(/\/\S*/g, '/')
      .replace(/\b[0-9a-f-]*\d[0-9a-f-]*\b/gi, '#')
      .replace(/\d+/g, '#')
      .replace(/\s+/g, ' ')
      .trim(),
  ]);
