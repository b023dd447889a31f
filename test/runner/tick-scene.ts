import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { decideHold } from '../../src/holds/hold.ts';
import { transact } from '../../src/ledger/transact.ts';
import type { Ports } from '../../src/modes/mode.ts';
import { type TickInput, tickInput } from '../../src/modes/tick/inputs.ts';
import { runTick } from '../../src/modes/tick/run.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { CommandEnd, CommandOptions } from '../../src/ports/command.ts';
import { systemExec } from '../../src/ports/exec.ts';
import { createHttp } from '../../src/ports/http.ts';
import { createJournal } from '../../src/proof/journal.ts';
import { concludeError } from '../../src/proof/proof.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import type { Json, Proof, Run } from '../../src/proof/schema.ts';
import {
  breakerRearmedSchema,
  reservationRaisedSchema,
  tickCorrectedSchema,
  tickEndedSchema,
  tickHaltedSchema,
  tickStartedSchema,
} from '../../src/runner/entries.ts';
import { triggerOf } from '../../src/runner/tick-trigger.ts';
import { bareRepository, openAt } from '../ledger/fixtures.ts';

/** A day's noon, so that no test lies on both sides of midnight; real time passes from there. */
export function noonClock(): Clock {
  const begin = performance.now();
  const noon = new Date(Date.now()).setUTCHours(12, 0, 0, 0);
  return { ...systemClock, now: () => Math.floor(noon + performance.now() - begin) };
}

export interface Scene extends Disposable {
  readonly path: string;
  readonly clock: Clock;
  /** A fresh ledger: a namespace of its own in the scene's repository. */
  fresh(): SceneLedger;
}

export interface SceneLedger {
  readonly store: string;
  readonly namespace: string;
  readonly repository: string;
  /** Writes records as they are, with an entry of no meaning. */
  put(records: Readonly<Record<string, Json>>): Promise<void>;
  setHold(): Promise<void>;
  id(): Promise<string>;
  entries(): Promise<Record<string, unknown>[]>;
}

export function openScene(): Scene {
  const path = mkdtempSync(join(tmpdir(), 'ship-proof-tick-'));
  const clock = noonClock();
  const repository = bareRepository(join(path, 'store.git'));
  const store = `git+file:${repository}`;
  let count = 0;
  return {
    path,
    clock,
    fresh() {
      count += 1;
      const namespace = `n${count}`;
      const open = () => openAt(store, join(path, 'cache'), { namespace, clock });
      const options = { clock, actor: 'test' };
      return {
        store,
        namespace,
        repository,
        async put(records) {
          await using ledger = await open();
          await transact(ledger, options, () => ({ entries: [{ kind: 'put' }], records, verdict: null }));
        },
        async setHold() {
          await using ledger = await open();
          const hold = { state: 'set', scopes: ['ticks'], reason: 'a test', by: { actor: 'test' } } as const;
          await transact(ledger, options, (snapshot, { now }) => decideHold(snapshot, hold, now));
        },
        async id() {
          await using ledger = await open();
          return (await ledger.read()).ledgerId ?? 'none';
        },
        async entries() {
          await using ledger = await open();
          const all: Record<string, unknown>[] = [];
          for await (const entry of ledger.history()) all.push(understood(entry));
          return all;
        },
      };
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  'tick-started': tickStartedSchema,
  'tick-halted': tickHaltedSchema,
  'tick-ended': tickEndedSchema,
  'reservation-raised': reservationRaisedSchema,
  'tick-corrected': tickCorrectedSchema,
  'breaker-rearmed': breakerRearmedSchema,
};

/** An entry as its readers take it: what a reader would not understand is wrong. */
function understood(entry: Record<string, unknown>): Record<string, unknown> {
  SCHEMAS[String(entry.kind)]?.parse(entry);
  return entry;
}

export interface Outcome {
  readonly proof: Proof;
  /** How often the command was run. */
  readonly ran: number;
  readonly remembered: readonly unknown[];
}

export interface TickOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: Run;
  readonly signal?: AbortSignal;
  readonly command?: (options: CommandOptions) => Promise<CommandEnd>;
  readonly guardEveryMs?: number;
  readonly slotMs?: number | null;
}

/** Runs one tick in this process: its command is the one effect that is not real. */
export async function tickHere(
  scene: Scene,
  ledger: SceneLedger,
  given: Readonly<Record<string, unknown>>,
  options: TickOptions = {},
): Promise<Outcome> {
  let ran = 0;
  const remembered: unknown[] = [];
  const { store, namespace } = ledger;
  const input: TickInput = tickInput.parse({
    runner: 'r',
    'spend-cap': '1',
    estimate: '0.4',
    store,
    namespace,
    ...given,
  });
  const secrets = createRedactor(() => {});
  const log = { event: () => {}, as: () => log };
  const ports = {
    clock: scene.clock,
    http: createHttp(),
    log,
    secrets,
    random: Math.random,
    env: { HOME: scene.path, PATH: process.env.PATH, ...options.env },
    cwd: scene.path,
    signal: options.signal ?? new AbortController().signal,
    exec: systemExec,
    runCommand: async (_: unknown, given: CommandOptions) => {
      ran += 1;
      return options.command?.(given) ?? { code: 0, stopped: false };
    },
    front: 'cli',
    command: undefined,
    holder: { actor: 'test', run: options.run },
    remember: (claims: readonly unknown[]) => void remembered.push(claims),
    journal: createJournal(),
    userAgent: 'test',
  } as unknown as Ports;
  const startedAtMs = scene.clock.now();
  const proof = await runTick(input, { argv: ['true'] }, ports, {
    trigger: triggerOf(options.run, undefined),
    slotMs: options.slotMs ?? null,
    ...(options.guardEveryMs === undefined ? {} : { guardEveryMs: options.guardEveryMs }),
  }).catch((error: unknown) => concludeError(error, { mode: 'tick', startedAtMs, endedAtMs: startedAtMs }));
  return { proof, ran, remembered };
}
