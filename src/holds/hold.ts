import { z } from 'zod';
import type { EntryBody } from '../ledger/entry.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Decision } from '../ledger/transact.ts';
import { inconclusive } from '../proof/errors.ts';
import { type Json, runSchema } from '../proof/schema.ts';

/** What a hold stops: the unattended runner's ticks, or publishing and promoting. */
export const SCOPES = ['ticks', 'deploys'] as const;
export type Scope = (typeof SCOPES)[number];

/** Operators' words stand in the ledger as they were given: one printable line. */
export const REASON = /^[\x20-\x7e\u00a0-\uffff]{1,200}$/;

/**
 * The record of one scope: a kill flag that anybody can set, at any time, and that only a confirmed act takes away. While
 * it is set, what it stops does not run, whoever asks and by whatever trigger.
 */
export const holdSchema = z.strictObject({
  schemaVersion: z.literal(1),
  scope: z.enum(SCOPES),
  state: z.enum(['set', 'cleared']),
  reason: z.string(),
  by: z.strictObject({ actor: z.string(), run: runSchema.optional() }),
  /** Since when it is in this state. */
  at: z.iso.datetime({ precision: 3 }),
});

export type Hold = z.infer<typeof holdSchema>;

/** `since … by github:octocat: reason`. */
export const holdSince = ({ at, by, reason }: Hold): string => `since ${at} by ${by.actor}: ${reason}`;

/** `deploys are held since … by github:octocat: reason`. */
export const describeHold = (hold: Hold): string => `${hold.scope} are held ${holdSince(hold)}`;

export const holdPath = (scope: Scope): string => `holds/${scope}`;

/** The scope's hold while it is set. A record that can't be understood is no permission: throws `hold-unreadable`. */
export async function readHold(snapshot: Snapshot, scope: Scope): Promise<Hold | undefined> {
  const record = await snapshot.get(holdPath(scope));
  if (record === undefined) return undefined;
  const parsed = holdSchema.safeParse(record);
  if (parsed.success) return parsed.data.state === 'set' ? parsed.data : undefined;
  throw inconclusive(
    'hold-unreadable',
    `the record ${holdPath(scope)} is no hold that this version understands, so nothing may run; use the version that wrote it, or set the hold anew with \`kill\``,
    { cause: parsed.error },
  );
}

/** What is asked of the scopes: to hold them, or to let them go again. */
export interface HoldCommand {
  readonly state: Hold['state'];
  readonly scopes: readonly Scope[];
  readonly reason: string;
  readonly by: Hold['by'];
}

/**
 * Sets or clears holds. A hold that is set already stays as it is, so that its first reason is not lost; setting one over
 * an unreadable record is always possible. Whether clearing is confirmed is the caller's to ask.
 */
export async function decideHold(
  snapshot: Snapshot,
  { state, scopes, reason, by }: HoldCommand,
  nowMs: number,
): Promise<Decision<readonly Hold[]>> {
  const at = new Date(nowMs).toISOString();
  const before = await Promise.all(scopes.map((scope) => snapshot.get(holdPath(scope))));
  const after = scopes.map((scope, index): { readonly hold: Hold; readonly changes: boolean } => {
    const standing = holdSchema.safeParse(before[index]);
    if (standing.success && standing.data.state === state) return { hold: standing.data, changes: false };
    const isNew = state === 'set' || before[index] !== undefined;
    return { hold: { schemaVersion: 1, scope, state, reason, by, at }, changes: isNew };
  });
  const changing = after.filter(({ changes }) => changes).map(({ hold }) => hold);
  const kind = state === 'set' ? 'hold-set' : 'hold-cleared';
  return {
    entries: changing.map(
      ({ scope }): EntryBody => ({
        kind,
        scope,
        reason,
        // Letting go is the caller's to have confirmed: it stands with the actor.
        ...(state === 'cleared' ? { confirmed: true } : {}),
      }),
    ),
    records: Object.fromEntries(changing.map((hold) => [holdPath(hold.scope), hold as Json])),
    subject: `${state === 'set' ? 'hold' : 'rearm'} ${changing.map(({ scope }) => scope).join(', ')}`,
    verdict: after.map(({ hold }) => hold),
  };
}
