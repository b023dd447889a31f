import type { Check, Outcome } from './schema.ts';

/** The outcomes that an error can stand for; `passed` and `skipped` are never errors. */
export type ErrorOutcome = Exclude<Outcome, 'passed' | 'skipped' | 'halted'>;

/** What an error may carry besides its message. */
export interface ErrorOptions {
  readonly cause?: unknown;
  /** What was wrong, one by one; without them the error itself is the one check that failed. */
  readonly checks?: readonly Check[];
  /** The line of the user's file that is to be mended. */
  readonly at?: Check['at'];
}

/**
 * An error that a user can act on: a stable code (an anchor in docs/errors.md), a message that says what to do next,
 * and the outcome that it means for the run. Anything else that is thrown is a bug, or a fault that nobody named.
 */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: string;
  readonly outcome: ErrorOutcome;
  readonly checks: readonly Check[];
  readonly at: Check['at'];

  constructor(outcome: ErrorOutcome, code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.outcome = outcome;
    this.checks = options.checks ?? [];
    this.at = options.at;
  }
}

/** Bad input or config: exit 2, nothing was sent or written. */
export const invalid = (code: string, message: string, options?: ErrorOptions) =>
  new CodedError('invalid', code, message, options);

/** It could not be checked, or a guard could not be read: exit 3, never passed. */
export const inconclusive = (code: string, message: string, options?: ErrorOptions) =>
  new CodedError('inconclusive', code, message, options);

/** A guard was read and said no: exit 4. */
export const refused = (code: string, message: string, options?: ErrorOptions) =>
  new CodedError('refused', code, message, options);
