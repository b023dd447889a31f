import { askInTurn, destinationOf } from '../../ports/reach.ts';
import type { SmokeContext } from '../context.ts';
import { addSecret } from '../masking.ts';
import type { Send } from './fetch.ts';
import { McpTrouble } from './trouble.ts';

/** Sends the requests of an MCP client to the addresses that are allowed. A session's id is a secret, as a cookie is. */
export function createSend({
  http,
  reachable,
  secrets,
}: Pick<SmokeContext, 'http' | 'reachable' | 'secrets'>): Send {
  return async (request) => {
    const destination = await destinationOf(request.url, reachable, http, request.signal);
    if (destination.kind === 'refused') throw new McpTrouble('refused-address', destination.why);
    const answer = await askInTurn(destination.addresses, (address) => http.request({ ...request, address }));
    addSecret(answer.header('mcp-session-id') ?? null, secrets);
    return answer;
  };
}
