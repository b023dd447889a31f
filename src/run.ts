import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { didYouMean } from './config/nearest.ts';
import type { Front } from './front/front.ts';
import { gatherInputs } from './front/gather.ts';
import { parseInput } from './front/parse.ts';
import type { Mode, Ports } from './modes/mode.ts';
import { MODES, OWN_MODES } from './modes/registry.ts';
import { runFromEnvironment } from './ports/github-run.ts';
import { startHardLimit } from './ports/hard-limit.ts';
import { createLog } from './ports/log.ts';
import { CodedError, inconclusive, invalid } from './proof/errors.ts';
import { EXIT_CODES } from './proof/outcome.ts';
import { concludeError, errorCheck } from './proof/proof.ts';
import { createRedactor } from './proof/redact.ts';
import { sanitize } from './proof/sanitize.ts';
import type { Check, Proof } from './proof/schema.ts';
import { prepareFolder, writeEvidence } from './report/files.ts';
import { lastWords } from './report/last-words.ts';
import { summaryLine } from './report/summary.ts';
import { verdictLine } from './report/verdict-line.ts';

type FromFront = 'front' | 'command' | 'remember';

/** What the process gives to a run: the mode's log and the secrets are made here. */
export type Host = Omit<Ports, FromFront | 'log' | 'secrets' | 'signal' | 'holder'> & {
  readonly controller: AbortController;
};

/** Input → mode → Proof → writers. Returns the exit code. Whatever happens in the mode, there is a proof that says it. */
export async function run(front: Front, host: Host): Promise<number> {
  const { clock, env, controller } = host;
  // Only a name of ours begins a line of the log.
  const known = Object.hasOwn(ALL_MODES, front.mode);
  const context = { mode: known ? front.mode : 'unknown', startedAtMs: clock.now() };
  const secrets = createRedactor((secret) => front.mask(secret));
  const log = createLog(context.mode, (line) => front.print(line), secrets);
  const ofRun = runFromEnvironment(env);
  const ports: Ports = {
    ...host,
    log,
    secrets,
    signal: controller.signal,
    front: front.kind,
    command: front.command,
    remember: (claims) => front.remember(claims),
    holder: { actor: ofRun?.actor ? `github:${ofRun.actor}` : `host:${hostname()}`, run: ofRun },
  };
  let mode: Mode | undefined;
  let folder: string | undefined;
  let proof: Proof;
  try {
    mode = await modeNamed(front.mode);
    if (front.command && !mode.takesCommand) {
      throw invalid('input-unknown', `\`${mode.name}\` runs no command, so nothing may stand after --`);
    }
    const input = parseInput(mode, await gatherInputs(front, mode, ports));
    folder = await prepareFolder(typeof input.out === 'string' ? resolve(host.cwd, input.out) : front.out);
    const limitMs = input.timeout as number | undefined;
    using _limit = startHardLimit(limitMs, controller, () => {
      const ended = { ...context, endedAtMs: context.startedAtMs + (limitMs ?? 0) };
      return lastWords(concludeError(inconclusive('timeout', STUCK), ended), front.channels, folder);
    });
    // Where evidence goes is known to the mode too: some have pictures to add.
    proof = await mode.run(folder === undefined ? input : { ...input, out: folder }, ports);
  } catch (error) {
    proof = concludeError(error, { ...context, endedAtMs: clock.now() });
    // A bug of ours: the stack is what its report needs, a line for each call.
    if (!(error instanceof CodedError)) {
      for (const line of stackOf(error).split('\n')) log.event({ error: 'internal', stack: line.trim() });
    }
  }
  const { signal } = controller;
  // Cut short, it proves nothing; what was found wrong by then is wrong all the same.
  if (signal.aborted && !['failed', 'refused', 'invalid'].includes(proof.outcome)) {
    proof = interrupted(proof, signal.reason);
  }
  const harmless = sanitize(ofRun ? { ...proof, run: ofRun } : proof, secrets);
  const files =
    folder === undefined || proof.outcome === 'invalid' ? undefined : await writeEvidence(folder, harmless);
  for (const check of harmless.checks) if (check.status !== 'pass') log.event(checkFields(check));
  const exit = EXIT_CODES[harmless.outcome];
  log.event({ outcome: harmless.outcome, exit, summary: summaryLine(harmless), proof: files?.proof });
  if (mode && 'deployed' in mode.outputs) front.print(verdictLine(harmless));
  await front.publish(harmless, { proof: files?.proof });
  return exit;
}

const ALL_MODES = { ...MODES, ...OWN_MODES };

async function modeNamed(name: string): Promise<Mode> {
  const names = Object.keys(MODES);
  const load = Object.hasOwn(ALL_MODES, name) ? ALL_MODES[name] : undefined;
  if (load) return load();
  const given =
    name === '' ? 'no mode was given' : `there is no mode \`${name.slice(0, 40)}\`${didYouMean(name, names)}`;
  throw invalid('mode-unknown', `${given}; allowed: ${names.join(', ')}`);
}

const STUCK = "stopped from outside at the run's `timeout`: the program was stuck";

function interrupted(proof: Proof, reason: unknown): Proof {
  const because = reason instanceof CodedError ? reason : inconclusive('interrupted', String(reason));
  const check = errorCheck(because);
  const told = proof.checks.some(({ id }) => id === check.id);
  return { ...proof, outcome: 'inconclusive', checks: told ? proof.checks : [...proof.checks, check] };
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const checkFields = ({ id, status, expected, observed, detail, at }: Check) => ({
  check: id,
  status,
  expected,
  observed,
  advice: detail,
  at: at && `${at.file}:${at.line}`,
});
