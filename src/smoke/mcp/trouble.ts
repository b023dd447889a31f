/** Why we ended an exchange with an MCP server ourselves. */
export type TroubleCode =
  /** Nothing, or not all of it, came within the time for one request. */
  | 'timeout'
  /** The answer was read to its end, and what was asked was not in it. */
  | 'no-answer'
  | 'too-large'
  | 'bomb'
  | 'encoding'
  | 'corrupt'
  | 'too-deep'
  | 'too-many-requests'
  /** A request was about to go to another origin than the check's. */
  | 'other-origin'
  /** The URL leads to an address that is not to be asked. */
  | 'refused-address';

/** A bound that held: an answer about the server, not a bug. */
export class McpTrouble extends Error {
  override readonly name = 'McpTrouble';
  readonly code: TroubleCode;

  constructor(code: TroubleCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}
