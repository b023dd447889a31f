import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Front } from '../../src/front/front.ts';
import type { RawInput } from '../../src/front/parse.ts';
import { composeInput } from '../../src/front/parts.ts';
import type { Mode, Ports } from '../../src/modes/mode.ts';
import { MODES } from '../../src/modes/registry.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { CodedError } from '../../src/proof/errors.ts';
import { createRedactor } from '../../src/proof/redact.ts';

/** A call of a mode as a page shows it. */
export interface Call {
  readonly mode: string;
  readonly inputs: (mode: Mode) => readonly RawInput[];
  /** What stands after `--`. */
  readonly command?: readonly string[] | undefined;
  /** The text of ship-proof.yml. */
  readonly config?: string;
}

/** What a page leaves out since it is about something else; a value for each, so that the rest is understood too. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  url: 'https://app.example.com/',
  'base-url': 'https://app.example.com/',
  'build-id': 'build-1795190000-1a2b3c4',
  runner: 'digest',
  'spend-cap': '5',
  estimate: '0.40',
  phase: 'build',
  reason: 'a reason',
  scope: 'all',
  'allow-writes-to': 'https://staging.example.com',
};

/** Files that calls name. */
const FILES: Readonly<Record<string, string>> = {
  'smoke.yml': '- { name: home, get: / }\n',
  'writes.yml':
    "- { name: x, write: { post: /, headers: { idempotency-key: '{{key}}' } }, observe: { get: /, json: $.x } }\n",
};

/** What is wrong with a call by the program's own rules, short of running it; what it leaves out does not count. */
export async function problemsOfCall(call: Call): Promise<string[]> {
  const load = Object.hasOwn(MODES, call.mode) ? MODES[call.mode] : undefined;
  if (!load) return [`there is no mode ${call.mode}`];
  const mode = await load();
  if (call.command && !mode.takesCommand) return [`${call.mode} runs no command`];
  const cwd = await mkdtemp(join(tmpdir(), 'ship-proof-docs-'));
  try {
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(cwd, name), text);
    if (call.config !== undefined) await writeFile(join(cwd, 'ship-proof.yml'), call.config);
    let added: readonly RawInput[] = [];
    // Each round adds what the one before it missed.
    for (let round = 0; ; round += 1) {
      const missing = await tryOut(mode, call, cwd, added);
      if (missing.names.length === 0 || round > 3) return [...missing.problems];
      added = [
        ...added,
        ...missing.names.map((name) => ({ name, value: LEFT_OUT[name], source: 'the test' })),
      ];
    }
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

interface Tried {
  readonly problems: readonly string[];
  /** Inputs that are missing and can be made up. */
  readonly names: readonly string[];
}

async function tryOut(mode: Mode, call: Call, cwd: string, added: readonly RawInput[]): Promise<Tried> {
  const ports = offlinePorts(cwd);
  try {
    const raws = [...added, ...call.inputs(mode)];
    const front = {
      kind: 'cli',
      mode: mode.name,
      inputs: () => raws,
      command: call.command,
    } as unknown as Front;
    const { input, partInputs } = await composeInput(front, mode, ports);
    await mode.check?.(input, ports);
    // What the parts make of it together is said when the whole is planned; each has to understand its own.
    for (const part of mode.parts ?? []) await partInputs(part);
    return { problems: [], names: [] };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const checks = error.checks.length > 0 ? error.checks : [{ title: error.code, observed: error.message }];
    const missing = checks.flatMap(({ title }) => /^input-missing: input `([^`]+)`/.exec(title)?.[1] ?? []);
    const names = missing.filter((name) => Object.hasOwn(LEFT_OUT, name));
    const isOnlyMissing = checks.every(({ title }) => title.startsWith('input-missing'));
    const problems = isOnlyMissing ? [] : checks.map(({ title, observed }) => `${title}: ${observed}`);
    return { problems, names: names.length === missing.length ? names : [] };
  }
}

const variableOf = (name: string | symbol): string | undefined =>
  typeof name === 'string' &&
  /^[A-Z]/.test(name) &&
  !/^(GITHUB|ACTIONS|RUNNER|INPUT|SHIP_PROOF)_|^CI$/.test(name)
    ? 'a-value-that-is-long-enough'
    : undefined;

/** What a call may reach before it runs: the clock, and an environment in which every variable of the user's is set. */
const offlinePorts = (cwd: string): Ports =>
  ({
    clock: systemClock,
    env: new Proxy({} as Record<string, string>, {
      get: (_, name) => variableOf(name),
      getOwnPropertyDescriptor: (_, name) => {
        const value = variableOf(name);
        return value === undefined ? value : { value, enumerable: true, configurable: true, writable: true };
      },
    }),
    cwd,
    secrets: createRedactor(() => {}),
    signal: new AbortController().signal,
    front: 'cli',
    command: undefined,
    userAgent: 'ship-proof/test',
    log: { event: () => {} },
    random: () => 0.5,
    holder: { actor: 'host:test' },
  }) as unknown as Ports;
