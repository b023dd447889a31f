import { resolve } from 'node:path';
import { didYouMean } from './config/nearest.ts';
import { configInputs } from './front/config.ts';
import type { Front } from './front/front.ts';
import { environmentInputs, parseInput, type RawInput } from './front/parse.ts';
import type { Mode, Ports } from './modes/mode.ts';
import { MODES } from './modes/registry.ts';
import { isContributedEvent, runFromEnvironment } from './ports/github-run.ts';
import { startHardLimit } from './ports/hard-limit.ts';
import { createLog } from './ports/log.ts';
import { printable } from './proof/encode.ts';
import { CodedError, inconclusive, invalid } from './proof/errors.ts';
import { EXIT_CODES } from './proof/outcome.ts';
import { concludeError } from './proof/proof.ts';
import { createRedactor } from './proof/redact.ts';
import { sanitize } from './proof/sanitize.ts';
import type { Check, Proof } from './proof/schema.ts';
import { prepareFolder, writeEvidence } from './report/files.ts';
import { lastWords } from './report/last-words.ts';
import { summaryLine } from './report/summary.ts';
import { verdictLine } from './report/verdict-line.ts';

/** What the process gives to a run: the mode's log and the secrets are made here. */
export type Host = Omit<Ports, 'log' | 'secrets' | 'signal'> & { readonly controller: AbortController };

/** Input → mode → Proof → writers. Returns the exit code. Whatever happens in the mode, there is a proof that says it. */
export async function run(front: Front, host: Host): Promise<number> {
  const { clock, env, controller } = host;
  const context = { mode: printable(front.mode || 'unknown', 40), startedAtMs: clock.now() };
  const secrets = createRedactor((secret) => front.mask(secret));
  const log = createLog(context.mode, (line) => front.print(line), secrets);
  const ports: Ports = { ...host, log, secrets, signal: controller.signal };
  let folder = front.out;
  let proof: Proof;
  try {
    const mode = await modeNamed(front.mode);
    const input = parseInput(mode, await gather(front, mode, ports));
    if (typeof input.out === 'string') folder = resolve(host.cwd, input.out);
    if (folder !== undefined) await prepareFolder(folder);
    const limitMs = input.timeout as number | undefined;
    using _limit = startHardLimit(limitMs, controller, () => {
      const ended = { ...context, endedAtMs: context.startedAtMs + (limitMs ?? 0) };
      return lastWords(concludeError(inconclusive('timeout', STUCK), ended), front.channels, folder);
    });
    proof = await mode.run(input, ports);
  } catch (error) {
    proof = concludeError(error, { ...context, endedAtMs: clock.now() });
    // A bug of ours: the stack is what its report needs.
    if (!(error instanceof CodedError)) log.event({ error: 'internal', stack: stackOf(error) });
  }
  const { signal } = controller;
  // Cut short, it proves nothing, whatever it had found by then.
  if (signal.aborted && proof.outcome !== 'failed') proof = interrupted(proof, signal.reason);
  const ofRun = runFromEnvironment(env);
  const harmless = sanitize(ofRun ? { ...proof, run: ofRun } : proof, secrets);
  const files =
    folder === undefined || proof.outcome === 'invalid' ? undefined : await writeEvidence(folder, harmless);
  for (const check of harmless.checks) if (check.status !== 'pass') log.event(checkFields(check));
  const exit = EXIT_CODES[harmless.outcome];
  log.event({ outcome: harmless.outcome, exit, summary: summaryLine(harmless), proof: files?.proof });
  const verdict = verdictLine(harmless);
  if (verdict !== undefined) front.print(verdict);
  await front.publish(harmless, { proof: files?.proof });
  return exit;
}

async function modeNamed(name: string): Promise<Mode> {
  const names = Object.keys(MODES);
  const load = Object.hasOwn(MODES, name) ? MODES[name] : undefined;
  if (load) return load();
  const given =
    name === '' ? 'no mode was given' : `there is no mode \`${name.slice(0, 40)}\`${didYouMean(name, names)}`;
  throw invalid('mode-unknown', `${given}; allowed: ${names.join(', ')}`);
}

/** All inputs in rising rank: config, environment, front. */
async function gather(front: Front, mode: Mode, { cwd, env, secrets }: Ports): Promise<RawInput[]> {
  const known = Object.keys(mode.input.shape);
  const own = [...environmentInputs(env, known), ...front.inputs(mode)];
  const path = own.findLast(({ name }) => name === 'config')?.value;
  const config = await configInputs(typeof path === 'string' ? path : undefined, mode.section, {
    cwd,
    env,
    secrets,
    secretsAllowed: !isContributedEvent(env),
  });
  return [...config, ...own];
}

const STUCK = "stopped from outside at the run's `timeout`: the program was stuck";

function interrupted(proof: Proof, reason: unknown): Proof {
  const because = reason instanceof CodedError ? reason : inconclusive('interrupted', String(reason));
  const [check] = concludeError(because, { mode: proof.mode, startedAtMs: 0, endedAtMs: 0 }).checks;
  const told = proof.checks.some(({ id }) => id === check?.id);
  return {
    ...proof,
    outcome: 'inconclusive',
    checks: check && !told ? [...proof.checks, check] : proof.checks,
  };
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
