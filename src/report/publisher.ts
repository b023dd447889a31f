import { isAbsolute, relative, resolve, sep } from 'node:path';
import { createGitHub } from '../ports/github.ts';
import { readEvent } from '../ports/github-event.ts';
import { placeFromEnvironment, workflowFile } from '../ports/github-place.ts';
import type { LogFields } from '../proof/encode.ts';
import { instant } from '../proof/proof.ts';
import type { Proof } from '../proof/schema.ts';
import { type CheckRun, checkRun } from './check-run.ts';
import type { Places } from './check-run-output.ts';
import { keepEvidence } from './keep-evidence.ts';
import type { Publication, PublicationPorts, Published, Wanted } from './wanted.ts';

/** Of writing the check run at the end; when the run is cancelled, the runner leaves few seconds. */
const CONCLUDE_LIMIT_MS = 10_000;
const HURRIED_LIMIT_MS = 3_000;

/** Does what was wanted. */
export function createPublisher(wanted: Wanted, ports: PublicationPorts): Publication {
  let opened: Promise<OpenedCheck> | undefined;
  const open = () => {
    opened ??= openCheckRun(wanted, ports);
    return opened;
  };
  return {
    begin() {
      void open().then(
        ({ run }) => run?.begin(),
        () => {}, // Heard of at the end.
      );
    },
    async finish(proof, folder) {
      const [shown, kept] = await Promise.all([
        wanted.checkRun ? concludeCheckRun(proof, await open(), wanted, ports) : NOTHING,
        wanted.artifact || wanted.attest ? keepEvidence(proof, folder, wanted, ports) : NOTHING,
      ]);
      return { ...kept, events: [...shown.events, ...kept.events], notes: [...shown.notes, ...kept.notes] };
    },
  };
}

async function concludeCheckRun(
  proof: Proof,
  { run, problem, fork }: OpenedCheck,
  { checkRunAsked }: Wanted,
  { signal }: PublicationPorts,
): Promise<Published> {
  // Where it is there by default only, and nothing is known of a repository, nobody misses it.
  if (problem !== undefined) return checkRunAsked ? said({ 'check-run': 'none', problem }) : NOTHING;
  const concluded = await run.conclude(proof, signal.aborted ? HURRIED_LIMIT_MS : CONCLUDE_LIMIT_MS);
  if ('url' in concluded) return said({ 'check-run': concluded.url || 'concluded' });
  const why = fork ? '; on a pull request from a fork the token can only read' : '';
  return said({ 'check-run': 'none', problem: `${concluded.problem}${why}` });
}

type OpenedCheck =
  | { readonly run: CheckRun; readonly fork: boolean; readonly problem?: undefined }
  | { readonly run?: undefined; readonly fork?: undefined; readonly problem: string };

async function openCheckRun(wanted: Wanted, ports: PublicationPorts): Promise<OpenedCheck> {
  const { env, clock, mode } = ports;
  const place = placeFromEnvironment(env, wanted.token);
  if (typeof place === 'string') return { problem: place };
  const { headSha, fork } = await readEvent(env);
  if (headSha === undefined) return { problem: 'no commit is known: set GITHUB_SHA' };
  const run = checkRun({
    github: createGitHub(place, ports),
    clock,
    check: {
      name: wanted.checkName ?? `ship-proof / ${mode}`,
      sha: headSha,
      externalId: ports.proofId,
      mode,
      startedAt: instant(ports.startedAtMs),
    },
    detailsUrl: detailsUrl(env),
    places: placesOf(env, ports.cwd, wanted.config),
    keep: ports.keep,
  });
  return { run, fork };
}

/** The page of the run, where its log and its summary stand. */
export function detailsUrl(env: PublicationPorts['env']): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  if (!server || !repository || !id) return undefined;
  return `${server}/${repository}/actions/runs/${id}/attempts/${env.GITHUB_RUN_ATTEMPT ?? '1'}`;
}

/** Files as the repository names them: what lies outside of it can't be shown in it. */
export function placesOf(env: PublicationPorts['env'], cwd: string, config: string | undefined): Places {
  const root = env.GITHUB_WORKSPACE ?? cwd;
  const inside = (file: string): string | undefined => {
    const way = relative(root, resolve(cwd, file));
    if (way === '' || way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return undefined;
    return way.split(sep).join('/');
  };
  return { relative: inside, fallback: (config && inside(config)) ?? workflowFile(env) };
}

const NOTHING: Published = { events: [], notes: [] };
const said = (event: LogFields): Published => ({ events: [event], notes: [] });
