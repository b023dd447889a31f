import { faultOf } from '../../ports/fault.ts';
import type { SmokeContext } from '../context.ts';
import { addSecret } from '../masking.ts';
import { destinationOf } from '../reach.ts';
import type { Send } from './fetch.ts';
import { McpTrouble } from './trouble.ts';

/**
 * Sends the requests of an MCP client to the addresses that are allowed, in order: the next one only where nobody was there
 * to be asked. A session's id is a secret, as a cookie is.
 */
export function createSend({
  http,
  reachable,
  secrets,
}: Pick<SmokeContext, 'http' | 'reachable' | 'secrets'>): Send {
  return async (request) => {
    const destination = await destinationOf(request.url, reachable, http, request.signal);
    if (destination.kind === 'refused') throw new McpTrouble('refused-address', destination.why);
    for (const [index, address] of destination.addresses.entries()) {
      try {
        const answer = await http.request({ ...request, address });
        addSecret(answer.header('mcp-session-id') ?? null, secrets);
        return answer;
      } catch (error) {
        const kind = faultOf(error)?.kind;
        const isLast = index === destination.addresses.length - 1;
        if (isLast || (kind !== 'refused' && kind !== 'no-route')) throw error;
      }
    }
    throw new Error('a destination without addresses');
  };
}
