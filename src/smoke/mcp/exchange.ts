import type { Fault } from '../../ports/fault.ts';
import type { TroubleCode } from './trouble.ts';

/** One HTTP request to an MCP server and what became of it: the evidence that a failure is explained from. */
export interface Exchange {
  readonly verb: string;
  /** The JSON-RPC method that was sent; undefined for what asks nothing (a notification, a resumption, the end). */
  readonly asks: string | undefined;
  readonly status?: number;
  /** Its media type in lower case, without parameters. */
  readonly type?: string;
  /** Where it redirects to. */
  readonly location?: string;
  readonly fault?: Fault;
  readonly trouble?: TroubleCode;
  /** The body was read to its end. */
  readonly complete?: boolean;
}

/** What is written down of an exchange while it goes on. */
export type OpenExchange = { -readonly [Key in keyof Exchange]: Exchange[Key] };

/** The method of the JSON-RPC request in a body that the client wrote; a message without an id asks nothing. */
export function askedIn(body: string | undefined): string | undefined {
  if (body === undefined) return undefined;
  const message: unknown = JSON.parse(body);
  if (message === null || typeof message !== 'object' || !('id' in message) || !('method' in message)) {
    return undefined;
  }
  return String(message.method);
}
