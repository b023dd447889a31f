import { childEnvironment } from '../../ports/child-environment.ts';
import { markCommand } from '../../ports/command-mark.ts';
import { inconclusive } from '../../proof/errors.ts';
import { targetOf } from '../../smoke/compose.ts';
import type { SmokeContext } from '../../smoke/context.ts';
import { runMcpCheck } from '../../smoke/mcp/check.ts';
import { createSend } from '../../smoke/mcp/send.ts';
import type { McpCheck } from '../../smoke/plan.ts';
import type { Tried } from '../../smoke/result.ts';
import { literalTemplate } from '../../smoke/template.ts';
import type { Ports } from '../mode.ts';

/** One attempt at an MCP server, under the same rules for addresses as any other request. */
export const tryMcp = (
  check: McpCheck,
  context: SmokeContext,
  { env, cwd, userAgent }: Ports,
  signal: AbortSignal,
  updateLocks: boolean,
): Promise<Tried> => {
  // A server on stdio is a command of the config's.
  if (check.server.kind === 'stdio') markCommand(env);
  return runMcpCheck(check, {
    values: context.values,
    resolveUrl: (url) => {
      const target = targetOf(literalTemplate(url), context.values, context.baseUrl);
      if (typeof target === 'string') throw inconclusive('mcp-url', target);
      target.url.hash = '';
      return target.url;
    },
    send: createSend(context),
    sandbox: context.sandbox,
    mask: (text) => context.secrets.text(text),
    childEnv: childEnvironment(env, { secrets: [env.SHIP_PROOF_KEY_SECRET], passed: [], added: {} }),
    cwd,
    userAgent,
    // Our own name is `ship-proof/<version>`.
    version: userAgent.slice(userAgent.indexOf('/') + 1),
    updateLocks,
    signal,
  });
};
