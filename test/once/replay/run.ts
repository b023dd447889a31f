import { mode } from '../../../src/modes/idempotency-check.ts';
import type { Ports } from '../../../src/modes/mode.ts';
import { systemClock } from '../../../src/ports/clock.ts';
import { createRunCommand } from '../../../src/ports/command.ts';
import { createHttp } from '../../../src/ports/http.ts';
import type { LogFields } from '../../../src/proof/encode.ts';
import { createRedactor } from '../../../src/proof/redact.ts';
import { sanitize } from '../../../src/proof/sanitize.ts';
import { type Check, type Proof, proofSchema } from '../../../src/proof/schema.ts';

export interface ReplayRun {
  /** As it leaves the process: masked, printable, and valid by its schema. */
  readonly proof: Proof;
  readonly events: readonly LogFields[];
  readonly checks: Readonly<Record<string, Check>>;
  /** The status of each check, by the last part of its id. */
  readonly statuses: Readonly<Record<string, string>>;
}

export interface ReplayOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** Runs the mode in this process, over the real network, with inputs as the front would give them. */
export async function check(
  given: Readonly<Record<string, unknown>>,
  options: ReplayOptions = {},
): Promise<ReplayRun> {
  const secrets = createRedactor();
  const events: LogFields[] = [];
  const log: Ports['log'] = { event: (fields) => void events.push(fields), as: () => log };
  const ports = {
    clock: systemClock,
    http: createHttp(),
    log,
    secrets,
    random: Math.random,
    env: { PATH: process.env.PATH ?? '', ...options.env },
    cwd: options.cwd ?? import.meta.dirname,
    signal: options.signal ?? new AbortController().signal,
    front: 'cli',
    runCommand: createRunCommand(),
    userAgent: 'ship-proof/test',
  } as Partial<Ports> as Ports;
  const proof = sanitize(await mode.run(mode.input.parse({ settle: '50ms', ...given }), ports), secrets);
  proofSchema.parse(proof);
  return {
    proof,
    events,
    checks: Object.fromEntries(proof.checks.map((item) => [item.id, item])),
    statuses: Object.fromEntries(proof.checks.map(({ id, status }) => [id.split(':').at(-1), status])),
  };
}
