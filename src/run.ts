import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { didYouMean } from './config/nearest.ts';
import type { Policy } from './config/policy.ts';
import type { Front } from './front/front.ts';
import { givenInputs } from './front/gather.ts';
import type { RawInput } from './front/parse.ts';
import { composeInput } from './front/parts.ts';
import { assertMayAttest } from './modes/may-attest.ts';
import type { Mode, Ports } from './modes/mode.ts';
import { MODES, OWN_MODES } from './modes/registry.ts';
import { markCommand } from './ports/command-mark.ts';
import { runFromEnvironment } from './ports/github-run.ts';
import { startHardLimit } from './ports/hard-limit.ts';
import { createLog } from './ports/log.ts';
import type { LogFields } from './proof/encode.ts';
import { errorPage } from './proof/error-page.ts';
import { CodedError, inconclusive, invalid } from './proof/errors.ts';
import { createJournal } from './proof/journal.ts';
import { EXIT_CODES } from './proof/outcome.ts';
import { concludeError, errorCheck } from './proof/proof.ts';
import { createRedactor } from './proof/redact.ts';
import { sanitize } from './proof/sanitize.ts';
import type { Check, Proof } from './proof/schema.ts';
import { agentReport } from './report/agent-report.ts';
import { PROOF_FILE, prepareFolder, writeEvidence } from './report/files.ts';
import { lastWords } from './report/last-words.ts';
import { openPublication } from './report/publication.ts';
import { summaryLine } from './report/summary.ts';
import { verdictLine } from './report/verdict-line.ts';
import { type Publication, wantedFrom } from './report/wanted.ts';

type FromFront = 'front' | 'command' | 'remember';

/** What the process gives to a run: the mode's log and the secrets are made here. */
export type Host = Omit<Ports, FromFront | 'log' | 'secrets' | 'signal' | 'holder' | 'journal'> & {
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
  const [id, journal] = [randomUUID(), createJournal()];
  const ports = portsOf(front, host, { log, secrets, journal });
  const { run: ofRun } = ports.holder;
  let mode: Mode | undefined;
  let folder: string | undefined;
  let proof: Proof;
  let publication: Publication | undefined;
  const publicationOf = (given: Readonly<Record<string, unknown>>): Publication =>
    openPublication(wantedFrom(given, front.kind), {
      ...host,
      signal: controller.signal,
      mode: context.mode,
      proofId: id,
      startedAtMs: context.startedAtMs,
      exportLedger: async (to) => (await import('./modes/ledger/export.ts')).writeLedger(to, given, ports),
      keep: (open) =>
        front.rememberCheck(open && { ...open, ...(folder ? { proof: join(folder, PROOF_FILE) } : {}) }),
    });
  let finish: Finish = { judge: (made) => made, record: async (made) => made, report: () => [] };
  try {
    mode = await modeNamed(front.mode);
    if (front.command && !mode.takesCommand) {
      throw invalid('input-unknown', `\`${mode.name}\` runs no command, so nothing may stand after --`);
    }
    const isAsked = Object.hasOwn(MODES, mode.name);
    // What is invalid is shown too, as far as it can be understood where.
    if (isAsked) publication = publicationOf(valuesOf(givenInputs(front, mode, ports)));
    const { input, partInputs, policy, waivers } = await composeInput(front, mode, ports);
    if (isAsked) publication = publicationOf(input);
    if (typeof input.token === 'string') secrets.add(input.token);
    finish = await finishOf(mode, input, ports, policy);
    if (input.attest === true) assertMayAttest(mode, input, env);
    const out = typeof input.out === 'string' && !mode.fillsOut ? resolve(host.cwd, input.out) : front.out;
    folder = await prepareFolder(out);
    const limitMs = input.timeout as number | undefined;
    using _limit = startHardLimit(limitMs, controller, () => {
      const ended = { ...context, endedAtMs: context.startedAtMs + (limitMs ?? 0) };
      const stuck = { ...concludeError(inconclusive('timeout', STUCK), ended), id };
      return lastWords(stuck, front.channels, folder, mode !== undefined && saysDeployed(mode));
    });
    // Where evidence goes is known to the mode too: some have pictures to add.
    const running = mode.run(
      folder === undefined || mode.fillsOut ? input : { ...input, out: folder },
      {
        ...ports,
        waivers,
        writable: policy?.allowWritesTo,
        allowedUrls: policy?.urls,
      },
      partInputs,
    );
    publication?.begin();
    proof = await running;
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
  proof = finish.judge(proof);
  const finished = sanitize({ ...proof, id, ...(ofRun ? { run: ofRun } : {}) }, secrets);
  const harmless = sanitize(journal.attach(await finish.record(finished)), secrets);
  const files =
    folder === undefined || proof.outcome === 'invalid' ? undefined : await writeEvidence(folder, harmless);
  for (const check of harmless.checks) if (check.status !== 'pass') log.event(checkFields(check));
  const published = await publication?.finish(harmless, folder);
  for (const event of published?.events ?? []) log.event(event);
  const exit = EXIT_CODES[harmless.outcome];
  log.event({ outcome: harmless.outcome, exit, summary: summaryLine(harmless), proof: files?.proof });
  for (const line of finish.report(harmless)) log.event(line);
  await front.publish(harmless, {
    proof: files?.proof,
    artifact: published?.artifact,
    notes: published?.notes,
  });
  // The last word, when everything else is said and written.
  if (mode && saysDeployed(mode)) front.print(verdictLine(harmless));
  return exit;
}

function portsOf(
  front: Front,
  { controller, ...host }: Host,
  made: Pick<Ports, 'log' | 'secrets' | 'journal'>,
): Ports {
  const { env } = host;
  const ofRun = runFromEnvironment(env);
  return {
    ...host,
    ...made,
    signal: controller.signal,
    front: front.kind,
    command: front.command,
    remember: (claims) => front.remember(claims),
    runCommand: async (command, options) => {
      markCommand(env);
      return host.runCommand(command, options);
    },
    holder: ofRun?.actor
      ? { actor: `github:${ofRun.actor}`, run: ofRun }
      : { actor: `host:${hostname()}`, ...(ofRun ? { run: ofRun } : {}) },
  };
}

const valuesOf = (given: readonly RawInput[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(given.map(({ name, value }) => [name, value]));

const ALL_MODES = { ...MODES, ...OWN_MODES };

const saysDeployed = ({ outputs }: Mode): boolean => 'deployed' in outputs;

/** What is done with a proof in the end. */
interface Finish {
  /** Holds it against the policy: the last thing that can change its verdict. */
  judge(proof: Proof): Proof;
  record(proof: Proof): Promise<Proof>;
  report(proof: Proof): readonly LogFields[];
}

async function finishOf(
  mode: Mode,
  input: Readonly<Record<string, unknown>>,
  ports: Ports,
  policy: Policy | undefined,
): Promise<Finish> {
  const judgeProof = policy && (await import('./front/policy.ts')).judgeProof;
  return {
    judge: (proof) => (judgeProof ? judgeProof(policy, proof) : proof),
    record: async (proof) => (mode.record ? mode.record(proof, input, ports) : proof),
    report: (proof) => (input['agent-report'] === true ? agentReport(proof) : []),
  };
}

async function modeNamed(name: string): Promise<Mode> {
  const names = Object.keys(MODES);
  const load = Object.hasOwn(ALL_MODES, name) ? ALL_MODES[name] : undefined;
  if (load) return load();
  const given =
    name === ''
      ? 'no mode was given: say `ship-proof <mode>` (`ship-proof --help` tells of each), or in a workflow `mode:`'
      : `there is no mode \`${name.slice(0, 40)}\`${didYouMean(name, names)}`;
  throw invalid('mode-unknown', `${given}; allowed: ${names.join(', ')}`);
}

const STUCK = "stopped from outside at the run's `timeout`: the program was stuck";

function interrupted(proof: Proof, reason: unknown): Proof {
  const because = reason instanceof CodedError ? reason : inconclusive('interrupted', String(reason));
  const check = errorCheck(because);
  const told = proof.checks.some(({ id }) => id === check.id);
  const result = 'deployed' in proof.result ? { ...proof.result, deployed: false } : proof.result;
  return {
    ...proof,
    outcome: 'inconclusive',
    result,
    checks: told ? proof.checks : [...proof.checks, check],
  };
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const checkFields = ({ id, title, status, expected, observed, detail, at }: Check) => ({
  check: id,
  status,
  expected,
  observed,
  advice: detail,
  at: at && `${at.file}:${at.line}`,
  see: errorPage({ id, title }),
});
