import type { Ports } from '../../src/modes/mode.ts';
import { mode } from '../../src/modes/smoke.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { createHttp, type Http } from '../../src/ports/http.ts';
import type { LogFields } from '../../src/proof/encode.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import { sanitize } from '../../src/proof/sanitize.ts';
import { type Check, type Proof, proofSchema } from '../../src/proof/schema.ts';

export interface SmokeRun {
  /** As it leaves the process: masked, printable, and valid by its schema. */
  readonly proof: Proof;
  readonly events: readonly LogFields[];
  /** The checks that are not passed, by id. */
  readonly red: Readonly<Record<string, Check>>;
}

export interface SmokeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly http?: Http;
  readonly signal?: AbortSignal;
  readonly clock?: Ports['clock'];
}

/** Runs the mode in this process, over the real network, with inputs as the front would give them. */
export async function smoke(
  given: Readonly<Record<string, unknown>>,
  options: SmokeOptions = {},
): Promise<SmokeRun> {
  const secrets = createRedactor();
  const events: LogFields[] = [];
  const log: Ports['log'] = { event: (fields) => void events.push(fields), as: () => log };
  const ports = {
    clock: options.clock ?? systemClock,
    http: options.http ?? createHttp(),
    log,
    secrets,
    random: Math.random,
    env: options.env ?? {},
    cwd: options.cwd ?? import.meta.dirname,
    signal: options.signal ?? new AbortController().signal,
    front: 'cli',
    userAgent: 'ship-proof/test',
  } as Partial<Ports> as Ports;
  const proof = sanitize(await mode.run(mode.input.parse(given), ports), secrets);
  proofSchema.parse(proof);
  const red = proof.checks.filter(({ status }) => status !== 'pass');
  return { proof, events, red: Object.fromEntries(red.map((check) => [check.id, check])) };
}
