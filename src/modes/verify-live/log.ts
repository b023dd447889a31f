import type { Look } from '../../live/look.ts';
import type { Plan } from '../../live/plan.ts';
import { find } from '../../live/verdict.ts';
import type { Round, Watcher } from '../../live/watch.ts';
import type { Ports } from '../mode.ts';

/** One line for each look, with what comes next; an address without a route is said once. */
export function logTo({ log }: Pick<Ports, 'log'>, plan: Plan): Watcher {
  const unrouted = new Set<string>();
  return {
    looked: (round) => {
      for (const look of round.looks) {
        const key = `${look.target.url.href} ${look.target.address?.address}`;
        if (find(look, plan.wanted(look.target.url)) === 'no-route') {
          if (unrouted.has(key)) continue;
          unrouted.add(key);
        }
        log.event(pollFields(round, look));
      }
    },
    forecast: ({ look, copy }, byMs) =>
      log.event({
        forecast: 'outlives-deadline',
        url: look.target.url.href,
        edge: look.target.address?.address,
        because: copy.by,
        lifetime: coarse(copy.lifetimeMs),
        beyond: coarse(byMs),
        advice: 'purge this URL at the edge',
      }),
    lookedPast: (look) => log.event({ past: 'caches', ...lookFields(look) }),
  };
}

const pollFields = (round: Round, look: Look) => ({
  poll: round.poll,
  ...lookFields(look),
  next: round.nextMs === undefined ? undefined : seconds(round.nextMs),
  left: `${Math.floor(round.leftMs / 1000)}s`,
});

function lookFields(look: Look) {
  return {
    url: look.target.url.href,
    edge: look.target.address?.address ?? 'any',
    encoding: look.target.encoding,
    ...(look.kind === 'answer'
      ? {
          status: look.status,
          etag: look.etag,
          age: look.ageS,
          cache: look.cache,
          served: look.served ?? 'none',
          unread: look.unread,
        }
      : { error: look.code, explanation: look.explanation }),
    redirected: look.redirects.at(-1),
  };
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)}s`;

/** A long time as people say it: `22h`, `40m`, `12s`. */
function coarse(ms: number): string {
  if (ms >= 7_200_000) return `${Math.round(ms / 3_600_000)}h`;
  return ms >= 120_000 ? `${Math.round(ms / 60_000)}m` : `${Math.round(ms / 1000)}s`;
}
