import { serve } from './server.ts';
import { type Site, WANTED } from './site.ts';
import type { Watcher, WatcherName } from './watchers.ts';

/** How one watcher did in one trial. */
export interface Outcome {
  readonly watcher: WatcherName;
  /** From the moment that every visitor gets the new build to the report; negative: reported while the old was served. */
  readonly reportedLagMs: number;
  /** The same, to the first look of those that led to the report; undefined where a watcher tells of none. */
  readonly noticedLagMs: number | undefined;
  readonly requests: number;
  readonly bytes: number;
}

/** All watchers at once, each at its own copy of the site, on one clock. */
export async function runTrial(
  site: Site,
  watchers: Readonly<Record<WatcherName, Watcher>>,
): Promise<Outcome[]> {
  const startedAt = performance.now();
  const sinceStartMs = () => performance.now() - startedAt;
  return Promise.all(
    (Object.entries(watchers) as [WatcherName, Watcher][]).map(async ([watcher, watch]) => {
      await using served = await serve(site, sinceStartMs);
      let noticedAtMs: number | undefined;
      await watch(served.url, WANTED, (right) => {
        noticedAtMs = right ? (noticedAtMs ?? sinceStartMs()) : undefined;
      });
      const reportedAtMs = sinceStartMs();
      return {
        watcher,
        reportedLagMs: reportedAtMs - site.settledAtMs,
        noticedLagMs: noticedAtMs === undefined ? undefined : noticedAtMs - site.settledAtMs,
        ...served.traffic(),
      };
    }),
  );
}
