import { z } from 'zod';
import type { EntryBody } from '../ledger/entry.ts';
import type { Snapshot } from '../ledger/ledger.ts';
import type { Decision } from '../ledger/transact.ts';
import { inconclusive } from '../proof/errors.ts';
import type { Json } from '../proof/schema.ts';

export const INCIDENT_STATES = ['open', 'fixed', 'recovered'] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

/** The record of one incident: what is known of it so far. */
export const incidentRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  incident: z.string(),
  state: z.enum(INCIDENT_STATES),
  title: z.string(),
  trace: z.string().optional(),
  cause: z.string().optional(),
  fix: z.string().optional(),
});
export type IncidentRecord = z.infer<typeof incidentRecordSchema>;

const folder = (runner: string): string => `incidents/${runner}/`;

/** What somebody says of an incident. Texts are their own words; `fix` is one that was found to exist. */
export interface IncidentCommand {
  readonly runner: string;
  /** Which one; without it the runner's only one that is not over, or a new one. */
  readonly incident?: string | undefined;
  readonly state: IncidentState;
  readonly title?: string | undefined;
  readonly trace?: string | undefined;
  readonly cause?: string | undefined;
  readonly fix?: string | undefined;
}

export type IncidentVerdict =
  | { readonly said: 'written' | 'known'; readonly record: IncidentRecord }
  | { readonly said: 'refused'; readonly why: string; readonly record?: IncidentRecord };

const PREFIX = 'inc-';
const KINDS = { open: 'incident-opened', fixed: 'incident-fixed', recovered: 'incident-recovered' } as const;

/**
 * open → fixed → recovered. A fix needs a link, and without a fix nothing recovers. What is said twice is written once, so a
 * command that died can be given again. One that is over is not opened anew: what comes back is a new incident.
 */
export async function decideIncident(
  snapshot: Snapshot,
  command: IncidentCommand,
): Promise<Decision<IncidentVerdict>> {
  const records = await readIncidents(snapshot, command.runner);
  const found = addressed(records, command);
  if ('why' in found) return refusal(found.why);
  const { before } = found;
  const record = merged(before, command, `${PREFIX}${records.length + 1}`);
  const why = objection(before, record, command);
  if (why !== undefined) return refusal(why, before);
  if (before && JSON.stringify(before) === JSON.stringify(record))
    return { entries: [], verdict: { said: 'known', record } };
  const { schemaVersion: _, state, ...said } = record;
  const entry = { kind: KINDS[state], runner: command.runner, ...said } as EntryBody;
  return {
    entries: [entry],
    records: { [`${folder(command.runner)}${record.incident}`]: record as Json },
    subject: `incident ${record.incident} ${state}`,
    verdict: { said: 'written', record },
  };
}

const refusal = (why: string, record?: IncidentRecord): Decision<IncidentVerdict> => ({
  entries: [],
  verdict: { said: 'refused', why, ...(record ? { record } : {}) },
});

/** Oldest first. Throws `incident-unreadable`. */
async function readIncidents(snapshot: Snapshot, runner: string): Promise<readonly IncidentRecord[]> {
  const records = await snapshot.list(folder(runner));
  const parsed = [...records].map(([path, record]) => {
    const one = incidentRecordSchema.safeParse(record);
    if (one.success) return one.data;
    throw inconclusive(
      'incident-unreadable',
      `the record ${path} is no incident that this version understands; use the version that wrote it`,
      { cause: one.error },
    );
  });
  const numberOf = ({ incident }: IncidentRecord) => Number(incident.slice(PREFIX.length));
  return parsed.sort((one, other) => numberOf(one) - numberOf(other));
}

type Addressed = { readonly before: IncidentRecord | undefined } | { readonly why: string };

/** Which incident is meant: the named one, else the newest of that title, else the only one that is not over. */
function addressed(
  records: readonly IncidentRecord[],
  { incident, title, state }: IncidentCommand,
): Addressed {
  if (incident !== undefined) {
    const before = records.find((record) => record.incident === incident);
    return before
      ? { before }
      : { why: `there is no incident ${incident}: leave \`incident\` out to open one` };
  }
  if (title !== undefined) {
    const before = records.findLast((record) => record.title === title);
    // What comes back after it was over is a new one.
    if (state === 'open') return { before: before?.state === 'recovered' ? undefined : before };
    return before ? { before } : { why: 'no incident has this title: open it first' };
  }
  const live = records.filter((record) => record.state !== 'recovered');
  if (live.length > 1) return { why: `${live.length} incidents are not over: say which by \`incident\`` };
  // Without any, it may be the repeat of a command that was already carried out.
  const before = live[0] ?? (state === 'open' ? undefined : records.at(-1));
  return before ? { before } : { why: 'no incident is open: open one first, with its symptom as `title`' };
}

function merged(before: IncidentRecord | undefined, command: IncidentCommand, id: string): IncidentRecord {
  const { state, title, trace, cause, fix } = command;
  const rank = (name: IncidentState) => INCIDENT_STATES.indexOf(name);
  const said = {
    trace: trace ?? before?.trace,
    cause: cause ?? before?.cause,
    fix: fix ?? before?.fix,
  };
  return {
    schemaVersion: 1,
    incident: before?.incident ?? id,
    // More may be told of one that is fixed; that does not open it again.
    state: before && rank(before.state) > rank(state) ? before.state : state,
    title: title ?? before?.title ?? '',
    ...(said.trace === undefined ? {} : { trace: said.trace }),
    ...(said.cause === undefined ? {} : { cause: said.cause }),
    ...(said.fix === undefined ? {} : { fix: said.fix }),
  };
}

function objection(
  before: IncidentRecord | undefined,
  record: IncidentRecord,
  command: IncidentCommand,
): string | undefined {
  if (record.state !== 'open' && record.fix === undefined)
    return 'a fix needs a link: give `fix` a commit, a pull request or a run';
  if (command.state === 'recovered' && before?.state === 'open')
    return 'it is not fixed yet: say `state: fixed` with its `fix` first';
  // What nobody has told yet may still be told, or no account of it would ever be whole.
  const changed =
    before &&
    (['title', 'trace', 'cause', 'fix'] as const).find(
      (name) => before[name] !== undefined && before[name] !== record[name],
    );
  if (before?.state === 'recovered' && changed !== undefined)
    return `${before.incident} is over, and its ${changed} stays as it was told; open a new one`;
  return undefined;
}
