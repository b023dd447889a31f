import { z } from 'zod';
import type { EntryBody } from '../ledger/entry.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Decision } from '../ledger/transact.ts';
import { inconclusive } from '../proof/errors.ts';
import type { Json } from '../proof/schema.ts';
import { ALERTS } from './entries.ts';
import type { AlertName, Finding } from './watchdog.ts';

const instant = z.iso.datetime({ precision: 3 });

/**
 * One alert that stands, or that ended and has still to be told of. `told`: whoever had to hear of this state has; one that died
 * before that tells it the next time, so it is told at least once, and as a rule exactly once.
 */
const standingSchema = z.strictObject({
  state: z.enum(['raised', 'cleared']),
  since: instant,
  count: z.int().nonnegative(),
  told: z.boolean(),
  /** The repository's issue about it. */
  issue: z.int().positive().optional(),
});

export const watchdogRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  alerts: z.partialRecord(z.enum(ALERTS), standingSchema),
});

export type Standing = z.infer<typeof standingSchema>;
export type StandingAlerts = Partial<Readonly<Record<AlertName, Standing>>>;

const watchdogPath = (runner: string): string => `watchdog/${runner}`;

/** The alerts of a runner as they stand. Throws `watchdog-unreadable`. */
export async function readAlerts(snapshot: Snapshot, runner: string): Promise<StandingAlerts> {
  const path = watchdogPath(runner);
  const record = await snapshot.get(path);
  if (record === undefined) return {};
  const parsed = watchdogRecordSchema.safeParse(record);
  if (parsed.success) return parsed.data.alerts;
  throw inconclusive(
    'watchdog-unreadable',
    `the record ${path} is not understood by this version, so nobody can tell what was told; use the version that wrote it`,
    { cause: parsed.error },
  );
}

/**
 * What a look of the watchdog changes: alerts are raised when they are found, and cleared when they are not found any more;
 * one that stands is not raised again. That it looked is written in any case.
 */
export async function decideAlerts(
  snapshot: Snapshot,
  runner: string,
  findings: readonly Finding[],
  nowMs: number,
): Promise<Decision<StandingAlerts>> {
  const before = await readAlerts(snapshot, runner);
  const since = new Date(nowMs).toISOString();
  const entries: EntryBody[] = [];
  const after: Partial<Record<AlertName, Standing>> = {};
  for (const alert of ALERTS) {
    const finding = findings.find((one) => one.alert === alert);
    const standing = before[alert];
    const count = finding?.count ?? 0;
    if (finding && standing?.state !== 'raised') {
      entries.push({ kind: 'alert-raised', runner, alert, count });
      // One that came back before its end was told of goes on under the same issue.
      const { issue } = standing ?? {};
      after[alert] = {
        state: 'raised',
        since,
        count,
        told: false,
        ...(issue === undefined ? {} : { issue }),
      };
    } else if (!finding && standing?.state === 'raised') {
      entries.push({ kind: 'alert-cleared', runner, alert, count: standing.count });
      after[alert] = { ...standing, state: 'cleared', since, told: false };
    } else if (standing) after[alert] = standing;
  }
  return {
    entries: [...entries, { kind: 'watchdog-looked', runner }],
    records: { [watchdogPath(runner)]: recordOf(after) },
    subject: `watchdog ${runner}: ${entries.map(({ kind, alert }) => `${kind} ${alert}`).join(', ') || 'looked'}`,
    verdict: after,
  };
}

/** What was told of which alerts: each in the state that it had then. */
export type Tellings = readonly {
  readonly alert: AlertName;
  readonly state: Standing['state'];
  readonly since: string;
  readonly issue?: number | undefined;
}[];

/** Remembers what was told. What changed meanwhile is still to be told. */
export async function decideTold(
  snapshot: Snapshot,
  runner: string,
  tellings: Tellings,
): Promise<Decision<StandingAlerts>> {
  const after: Partial<Record<AlertName, Standing>> = { ...(await readAlerts(snapshot, runner)) };
  const entries: EntryBody[] = [];
  for (const { alert, state, since, issue } of tellings) {
    const standing = after[alert];
    if (standing?.state !== state || standing.since !== since) continue;
    if (standing.told && (issue === undefined || issue === standing.issue)) continue;
    entries.push({ kind: 'alert-told', runner, alert, ...(issue === undefined ? {} : { issue }) });
    if (state === 'cleared') delete after[alert];
    else after[alert] = { ...standing, told: true, ...(issue === undefined ? {} : { issue }) };
  }
  return {
    entries,
    ...(entries.length > 0 ? { records: { [watchdogPath(runner)]: recordOf(after) } } : {}),
    subject: `watchdog ${runner}: told`,
    verdict: after,
  };
}

const recordOf = (alerts: StandingAlerts): Json => ({ schemaVersion: 1, alerts }) as unknown as Json;
