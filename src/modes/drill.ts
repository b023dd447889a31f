import { join } from 'node:path';
import { z } from 'zod';
import type { EntryBody } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Transacted, transact } from '../ledger/transact.ts';
import { CodedError } from '../proof/errors.ts';
import { conclude, instant } from '../proof/proof.ts';
import type { Check, Json, Proof } from '../proof/schema.ts';
import type { Control, Ruling } from '../runner/drill.ts';
import { ACCOUNT_FILES, accountText } from '../runner/drill-account.ts';
import { CONTROLS } from '../runner/entries.ts';
import { openAccountFolder, writeAccount } from './account-folder.ts';
import { commonInputs } from './common.ts';
import { drillControl } from './drill/controls.ts';
import { openStage, type RunTick, stageNamespace } from './drill/stage.ts';
import { choice, text } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { ledgerFields, openStore, storeInputs, transactOptions } from './store.ts';
import { configDigest, type TickInput, tickInputs } from './tick/inputs.ts';
import { runTick } from './tick/run.ts';

// What a tick does, and when, has no part in its controls.
const { run: _, 'pass-env': __, every: ___, trigger: ____, ...controlled } = tickInputs;

const input = z.strictObject({
  ...controlled,
  control: choice([...CONTROLS, 'all'])
    .prefault('all')
    .describe('Which control to prove.'),
  dir: text('a path').prefault('runs').describe('The folder for the reports: cap-test.md, kill-test-1.md …'),
  ...storeInputs,
  ...commonInputs,
});
type DrillInput = z.output<typeof input>;

export const mode = defineMode({
  name: 'drill',
  summary: 'Proves that a runner’s spend cap and kill switches stop it, with its current config.',
  input,
  section: 'runners',
  sectionBy: 'runner',
  outputs: {
    passed: 'The controls that were proved to work, one per line',
    failed: 'The controls that do not work, or could not be shown to work, one per line',
    files: 'The reports that were written, one per line',
  },
  run: (given, ports) => drill(given, ports),
});

/**
 * Drills one control after another, and writes each result into the runner's ledger as soon as it is
 * known. A process that dies on the way has proven what is written; the rest is drilled again.
 */
export async function drill(given: DrillInput, ports: Ports, tick: RunTick = runTick): Promise<Proof> {
  const startedAtMs = ports.clock.now();
  const { control, dir, ...rest } = given;
  const runner: TickInput = rest;
  // Before anything runs, whoever asks learns that the results could not be kept.
  const folder = await openAccountFolder(ports.cwd, dir);
  await using ledger = await openStore(given, ports);
  await ledger.read();

  const config = configDigest(runner);
  const namespace = stageNamespace();
  const drilled: { readonly control: Control; readonly ruling: Ruling }[] = [];
  let last: Transacted<unknown> | undefined;
  for (const each of control === 'all' ? CONTROLS : [control]) {
    ports.signal.throwIfAborted();
    const { ruling, stage } = await drillOne(each, runner, namespace, ports, tick);
    // What was interrupted from outside has shown nothing, and is no drill.
    ports.signal.throwIfAborted();
    last = await record(ledger, given, each, config, ruling, ports);
    const { seq, at } = last;
    const about = { runner: given.runner, control: each, at: instant(at), config, store: ledger.store, seq };
    await writeAccount(folder, ACCOUNT_FILES[each], accountText({ ...about, stage, ruling }));
    const account = join(dir, ACCOUNT_FILES[each]);
    ports.log.event({ control: each, drilled: ruling.outcome, said: ruling.said, account });
    drilled.push({ control: each, ruling });
  }
  const those = (isPassed: boolean) =>
    drilled.filter(({ ruling }) => (ruling.outcome === 'passed') === isPassed).map((one) => one.control);
  return conclude({
    mode: 'drill',
    startedAtMs,
    endedAtMs: ports.clock.now(),
    subject: { runner: given.runner, config },
    checks: drilled.map((one) => controlCheck(one.control, one.ruling)),
    result: {
      passed: several(those(true)),
      failed: several(those(false)),
      files: several(drilled.map((one) => ACCOUNT_FILES[one.control])),
    },
    ...(last ? { ledger: ledgerFields(ledger, last) } : {}),
  });
}

/** As an output: the one, or an array of several. */
const several = (names: readonly string[]): Json => (names.length > 1 ? [...names] : (names[0] ?? ''));

/** Never throws what is named: a drill that can't be run is inconclusive. */
async function drillOne(
  control: Control,
  runner: TickInput,
  namespace: string,
  ports: Ports,
  tick: RunTick,
): Promise<{ readonly ruling: Ruling; readonly stage: string }> {
  try {
    await using stage = await openStage(runner, namespace, ports, tick);
    return { ruling: await drillControl(control, stage, ports), stage: stage.name };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const ruling = { outcome: 'inconclusive' as const, evidence: { error: error.code }, said: error.message };
    return { ruling, stage: 'none' };
  }
}

const record = (
  ledger: Ledger,
  given: DrillInput,
  control: Control,
  config: string,
  { outcome, containment, evidence }: Ruling,
  ports: Ports,
): Promise<Transacted<undefined>> =>
  transact(ledger, transactOptions(given, ports), () => {
    const contained = containment === undefined ? {} : { containment };
    const entry: EntryBody = {
      kind: 'drill',
      runner: given.runner,
      control,
      outcome,
      config,
      evidence,
      ...contained,
    };
    return {
      entries: [entry],
      subject: `drill ${control} of ${given.runner}: ${outcome}`,
      verdict: undefined,
    };
  });

const controlCheck = (control: Control, { outcome, said, evidence }: Ruling): Check => ({
  id: `drill:${control}`,
  status: ({ passed: 'pass', failed: 'fail', inconclusive: 'untestable' } as const)[outcome],
  title: `${control} stops the runner`,
  expected: EXPECTED[control],
  observed: said,
  detail: Object.entries(evidence)
    .map(([name, value]) => `${name} ${value}`)
    .join(', '),
});

const EXPECTED: Readonly<Record<Control, string>> = {
  'spend-cap': 'over the cap, a tick is halted and its command leaves no mark',
  'kill-flag': 'with the flag set, a tick is halted and its command leaves no mark',
  'kill-process': 'when a tick is ended, no process of its command is alive, and there is no mark',
};
