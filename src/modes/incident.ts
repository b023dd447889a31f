import { z } from 'zod';
import { transact } from '../ledger/transact.ts';
import { conclude } from '../proof/proof.ts';
import type { Check } from '../proof/schema.ts';
import { LINE } from '../runner/entries.ts';
import { decideIncident, INCIDENT_STATES, type IncidentVerdict } from '../runner/incident.ts';
import { commonInputs } from './common.ts';
import { checkFix } from './incident-fix.ts';
import { choice, text } from './kinds.ts';
import { defineMode } from './mode.ts';
import { ledgerFields, openStore, storeInputs, transactOptions } from './store.ts';
import { runnerInput } from './tick/inputs.ts';

/** One printable line: it stands in the ledger as it was given. */
const words = (what: string) => {
  const kind = text('one printable line of at most 500 characters');
  return kind
    .refine((value) => LINE.test(value), 'is not one printable line')
    .meta({ ...kind.meta() })
    .optional()
    .describe(`${what} As public as the ledger.`);
};

const input = z.strictObject({
  runner: runnerInput,
  incident: text('inc-1, inc-2 …')
    .optional()
    .describe('Which incident. Default: the newest with that `title`, or the only open one.'),
  title: words('The symptom, as it was seen.'),
  trace: words('Where it shows: a log, a run, a line.'),
  cause: words('Why it happened.'),
  fix: text('a commit, #<pull request>, or the URL of a commit, a pull request or a run')
    .optional()
    .describe(
      'The commit, pull request or run that fixed it. It has to exist; without it, nothing counts as fixed.',
    ),
  state: choice(INCIDENT_STATES).optional().describe('Default: `fixed` when a `fix` is given, else `open`.'),
  ...storeInputs,
  ...commonInputs,
});

export const mode = defineMode({
  name: 'incident',
  summary: 'Records an incident in the ledger: the symptom, a fix that is checked to exist, the recovery.',
  input,
  outputs: { incident: 'The incident: inc-1, inc-2 …', state: 'open, fixed or recovered' },
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const fix = given.fix === undefined ? undefined : await checkFix(given.fix, given.token, ports);
    const state = given.state ?? (given.fix === undefined ? 'open' : 'fixed');
    const checks: Check[] = fix ? [fix.check] : [];
    const about = { mode: 'incident', startedAtMs, subject: { runner: given.runner } };
    // What was not found is written nowhere.
    if (fix && fix.check.status !== 'pass')
      return conclude({ ...about, endedAtMs: ports.clock.now(), checks });

    await using ledger = await openStore(given, ports);
    const { runner, incident, title, trace, cause } = given;
    const command = { runner, incident, title, trace, cause, state, fix: fix?.link };
    const done = await transact(ledger, transactOptions(given, ports), (snapshot) =>
      decideIncident(snapshot, command),
    );
    const { verdict } = done;
    return conclude({
      ...about,
      endedAtMs: ports.clock.now(),
      checks: [...checks, verdictCheck(verdict)],
      ...(verdict.said === 'written' ? {} : { outcome: verdict.said === 'known' ? 'skipped' : 'refused' }),
      result: verdict.record ? { incident: verdict.record.incident, state: verdict.record.state } : {},
      ledger: ledgerFields(ledger, done),
    });
  },
});

function verdictCheck(verdict: IncidentVerdict): Check {
  const base = {
    id: 'incident',
    title: 'the incident is in the ledger',
    expected: 'open → fixed → recovered',
  };
  if (verdict.said === 'refused') return { ...base, status: 'fail', observed: verdict.why };
  const { incident, state } = verdict.record;
  return {
    ...base,
    status: verdict.said === 'written' ? 'pass' : 'skipped',
    observed: verdict.said === 'written' ? `${incident} is ${state}` : `${incident} is ${state} already`,
  };
}
