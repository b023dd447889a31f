import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { invalid } from '../proof/errors.ts';
import { conclude } from '../proof/proof.ts';
import { replace } from '../report/files.ts';
import { commonInputs } from './common.ts';
import { flag } from './kinds.ts';
import { defineMode } from './mode.ts';
import { environmentInput } from './phase/inputs.ts';
import { tellDeploys } from './status/deploys.ts';
import { accountInputs } from './status/inputs.ts';
import { tellRunner } from './status/runner.ts';
import { ledgerFields, openStore, storeInputs } from './store.ts';
import { tickInputs } from './tick/inputs.ts';
import { lookAfter } from './watchdog/look.ts';

const input = z.strictObject({
  ...accountInputs,
  runner: tickInputs.runner
    .optional()
    .describe('The runner whose books are shown. Without it, only the deploys of the environment are shown.'),
  environment: environmentInput.describe('The environment whose deploys are shown.'),
  watchdog: flag()
    .prefault(false)
    .describe('Check for ticks without value, missed slots and lost ticks first, and fail on a new alert.'),
  'watchdog-ticks': tickInputs['watchdog-ticks'],
  cadence: tickInputs.cadence,
  ...storeInputs,
  ...commonInputs,
});

export const mode = defineMode({
  name: 'status',
  summary:
    'Shows the state of a runner or of an environment’s deploys; with `watchdog` it checks the runner first and fails on a new alert.',
  input,
  section: 'runners',
  sectionBy: 'runner',
  outputs: {
    state:
      'Of a runner: held, alert, incident, capped, running, ok or unknown; without one, of the deploys: held, stale, running, failed, ok or none',
  },
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const { runner } = given;
    if (runner === undefined && given.watchdog)
      throw invalid('input-missing', 'input `watchdog` looks after a runner: give `runner` too');
    await using ledger = await openStore(given, ports, given.watchdog);
    const looked =
      runner !== undefined && given.watchdog
        ? await lookAfter(ledger, { ...given, runner }, ports)
        : undefined;
    const place = { ledger, given, ports };
    const told =
      runner === undefined
        ? await tellDeploys(place, given.environment)
        : await tellRunner(place, { ...given, runner });
    for (const { name, facts } of told.sections) ports.log.event({ about: name, ...facts });
    if (given.out !== undefined) await writeFiles(given.out, told.files);
    return conclude({
      mode: 'status',
      startedAtMs,
      endedAtMs: ports.clock.now(),
      subject: told.subject,
      checks: [...told.checks, ...(looked?.checks ?? told.standing)],
      result: told.result,
      ledger: ledgerFields(ledger, told.at),
    });
  },
});

async function writeFiles(out: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(out, name);
    await mkdir(dirname(path), { recursive: true });
    await replace(path, text);
  }
}
