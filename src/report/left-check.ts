import { readFile } from 'node:fs/promises';
import type { Clock } from '../ports/clock.ts';
import { createGitHub } from '../ports/github.ts';
import { placeFromEnvironment } from '../ports/github-place.ts';
import type { Http } from '../ports/http.ts';
import { inconclusive } from '../proof/errors.ts';
import { parseJson } from '../proof/parse-json.ts';
import { concludeError } from '../proof/proof.ts';
import { type Proof, proofSchema } from '../proof/schema.ts';
import { checkRun, type OpenCheck } from './check-run.ts';
import { type Conclusion, conclusionOf } from './check-run-output.ts';
import { detailsUrl, placesOf } from './publisher.ts';

export interface LeftCheckPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly http: Http;
  readonly clock: Clock;
  readonly cwd: string;
  readonly userAgent: string;
}

/** A cancelled job's post steps have some minutes; nobody wants to wait for that long. */
const LIMIT_MS = 20_000;

/**
 * Concludes a check run that its step left open: by the step's own proof where there is one (only the telling failed, or
 * it was killed while it told), else as cancelled. Run again, it does the same.
 */
export async function concludeLeftCheck(
  open: OpenCheck,
  token: string | undefined,
  ports: LeftCheckPorts,
): Promise<{ readonly conclusion: Conclusion; readonly problem?: string }> {
  const { env, clock, cwd } = ports;
  const proof = (await proofOf(open)) ?? unfinished(open, clock.now());
  const conclusion = conclusionOf(proof);
  const place = placeFromEnvironment(env, token);
  if (typeof place === 'string') return { conclusion, problem: place };
  const run = checkRun({
    github: createGitHub(place, ports),
    clock,
    check: open,
    left: true,
    detailsUrl: detailsUrl(env),
    places: placesOf(env, cwd, undefined),
    keep: () => {}, // No step comes after this one.
  });
  const concluded = await run.conclude(proof, LIMIT_MS);
  return 'problem' in concluded ? { conclusion, problem: concluded.problem } : { conclusion };
}

/** The proof that the step wrote before it ended, if it is that very run's. */
async function proofOf({ proof, externalId }: OpenCheck): Promise<Proof | undefined> {
  if (proof === undefined) return undefined;
  const text = await readFile(proof, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const found = proofSchema.safeParse(parseJson(text)).data;
  return found?.id === externalId ? found : undefined;
}

const unfinished = ({ mode, startedAt }: OpenCheck, nowMs: number): Proof =>
  concludeError(inconclusive('interrupted', 'the step was ended before it could say what it found'), {
    mode,
    startedAtMs: Date.parse(startedAt),
    endedAtMs: nowMs,
  });
