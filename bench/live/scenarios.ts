import { html, OLD, type Site, stamped, WANTED } from './site.ts';

/** Sites in which the new build appears, each in another way. */
export interface Scenario {
  readonly name: string;
  /** What the watchers see. */
  readonly title: string;
  /** The site of one trial: the origin has the new build from `flipMs` on. */
  site(flipMs: number, trial: number, random: () => number): Site;
}

const LIFETIMES_S = [5, 15, 30, 60] as const;
const ROLLING_MS = 10_000;

const flip = (flipMs: number, before: Site['answer']): Site => ({
  settledAtMs: flipMs,
  answer: (atMs, turn) => (atMs < flipMs ? before(atMs, turn) : stamped(WANTED)),
});

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'origin',
    title: 'origin without a cache: the old build, then the new one',
    site: (flipMs) => flip(flipMs, () => stamped(OLD)),
  },
  {
    name: 'down',
    title: 'origin that is down (503), then serves the new build',
    site: (flipMs) =>
      flip(flipMs, () => ({ status: 503, headers: { 'content-type': 'text/plain' }, body: 'down\n' })),
  },
  {
    name: 'cached',
    title: `caching edge that says how long (Age, s-maxage=${LIFETIMES_S.join(', ')})`,
    site: (flipMs, trial, random) => {
      const lifetimeS = LIFETIMES_S[trial % LIFETIMES_S.length] ?? LIFETIMES_S[0];
      return busyEdge(flipMs, lifetimeS, random());
    },
  },
  {
    name: 'traps',
    title:
      'traps: an id that begins alike, an error page with status 200, the id in a comment, one of two backends',
    site: (flipMs, trial) => (TRAPS[trial % TRAPS.length] ?? prefix)(flipMs),
  },
];

/**
 * An edge in front of a busy page: some visitor always comes right after the copy expired, so copies follow one another
 * without a gap, and the new build is served from the first expiry after the flip. No watcher can hurry or delay it.
 */
function busyEdge(flipMs: number, lifetimeS: number, phase: number): Site {
  const lifetimeMs = lifetimeS * 1000;
  const bornAt = (atMs: number) => (Math.floor(atMs / lifetimeMs + phase) - phase) * lifetimeMs;
  const lastOld = bornAt(flipMs);
  return {
    settledAtMs: lastOld + lifetimeMs,
    answer: (atMs) =>
      stamped(bornAt(atMs) > lastOld ? WANTED : OLD, '', {
        'cache-control': `s-maxage=${lifetimeS}`,
        age: String(Math.floor((atMs - bornAt(atMs)) / 1000)),
        'x-cache': 'HIT',
      }),
  };
}

const prefix = (flipMs: number) => flip(flipMs, () => stamped(`${WANTED}d`));

const errorPage = (flipMs: number) => flip(flipMs, () => html(`<meta name="deploying" content="${WANTED}">`));

const comment = (flipMs: number) => flip(flipMs, () => stamped(OLD, `<!-- next: ${WANTED} -->`));

/** From the flip on one backend of two has the new build, and takes every other request; ten seconds later both have. */
const rolling = (flipMs: number): Site => ({
  settledAtMs: flipMs + ROLLING_MS,
  answer: (atMs, turn) =>
    atMs < flipMs || (atMs < flipMs + ROLLING_MS && turn % 2 === 1) ? stamped(OLD) : stamped(WANTED),
});

const TRAPS = [prefix, errorPage, comment, rolling];
