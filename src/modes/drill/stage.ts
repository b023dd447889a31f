import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decideHold } from '../../holds/hold.ts';
import { transact } from '../../ledger/transact.ts';
import { CodedError, inconclusive } from '../../proof/errors.ts';
import type { Json } from '../../proof/schema.ts';
import { DAY_MS, dayOf } from '../../runner/day.ts';
import type { SeenTick } from '../../runner/drill.ts';
import { newRunner, runnerPath } from '../../runner/tick-state.ts';
import type { Ports } from '../mode.ts';
import { openStore, transactOptions } from '../store.ts';
import type { TickInput } from '../tick/inputs.ts';
import type { runTick } from '../tick/run.ts';

export type RunTick = typeof runTick;

/** How the books and the flag stand before a tick. */
export interface Scene {
  /** Settled today (and tomorrow: midnight may pass). */
  readonly spentMicros: number;
  readonly isKilled: boolean;
}

/**
 * Where a drill is run: a ledger of its own in the same store, under the runner's own config, so that the machinery is the real one and the
 * real books are not touched. What it leaves is a namespace with a few small transactions; nobody reads it.
 */
export interface Stage extends AsyncDisposable {
  readonly given: TickInput;
  /** The store and namespace, for people. */
  readonly name: string;
  /** A folder for marks, private and new. */
  readonly folder: string;
  prepare(scene: Scene): Promise<void>;
  /** Runs one tick; what it throws is said, and proves nothing. */
  tick(command: readonly string[], signal?: AbortSignal): Promise<SeenTick>;
}

export async function openStage(
  given: TickInput,
  namespace: string,
  ports: Ports,
  runTick: RunTick,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-drill-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const own = await stagedInput(given, namespace, ports, folder);
    const apart = (signal: AbortSignal): Ports => ({
      ...ports,
      signal,
      cwd: ports.cwd,
      // Nobody settles or tells what happens in a drill.
      remember: () => {},
      journal: { note: () => {}, attach: (proof) => proof },
      log: { ...ports.log, event: (fields) => ports.log.event({ drill: own.namespace, ...fields }) },
    });
    return {
      given: own,
      name: `${own.store === given.store ? 'the same store' : 'a throwaway store'}, namespace ${namespace}`,
      folder,
      prepare: (scene) => prepare(own, scene, apart(ports.signal)),
      tick: async (command, signal = ports.signal) => {
        const seen = await seeTick(() =>
          runTick(own, { argv: command }, apart(signal), { trigger: 'manual', slotMs: null }),
        );
        return { ...seen, marks: await countMarks(folder) };
      },
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** At least so long may a drill's tick take: the stand-ins are not the runner's own command. */
const MAX_RUNTIME_MS = 60_000;

async function stagedInput(
  given: TickInput,
  namespace: string,
  ports: Ports,
  folder: string,
): Promise<TickInput> {
  // The stage is another ledger than the one that is wanted, and never had its states.
  const { 'ledger-id': _, 'ledger-anchor': __, timeout: ___, every, trigger, cadence, ...rest } = given;
  const own = { ...rest, 'max-runtime': Math.max(given['max-runtime'], MAX_RUNTIME_MS) };
  if (!given.store?.includes('?ref=')) return { ...own, namespace };
  // A ref of its own is one ledger without namespaces, and another one beside it could be a branch: builds would start.
  const repository = join(folder, 'store.git');
  const { code, stderr } = await ports.exec.run({
    file: 'git',
    args: ['init', '--quiet', '--bare', '--template=', repository],
    env: { PATH: ports.env.PATH ?? '', HOME: folder, LC_ALL: 'C' },
    timeoutMs: 10_000,
  });
  if (code !== 0)
    throw inconclusive('drill-store', `no ledger could be made for the drill: ${stderr.trim()}`);
  return { ...own, store: `git+file:${repository}`, namespace };
}

/** A namespace that no other drill has. */
export const stageNamespace = (): string => `drill-${randomBytes(5).toString('hex')}`;

/** Writes the books and the flag as they are to stand, whatever stood there. */
async function prepare(given: TickInput, scene: Scene, ports: Ports): Promise<void> {
  await using ledger = await openStore(given, ports);
  await transact(ledger, transactOptions(given, ports), async (snapshot, { now }) => {
    const days = [now, now + DAY_MS].map((ms) => [dayOf(ms), scene.spentMicros]);
    const hold = await decideHold(
      snapshot,
      {
        state: scene.isKilled ? 'set' : 'cleared',
        scopes: ['ticks'],
        reason: 'drill',
        by: { actor: ports.holder.actor },
      },
      now,
    );
    const runner = { ...newRunner(given.runner), days: Object.fromEntries(days) };
    return {
      entries: [{ kind: 'drill-prepared', runner: given.runner, ...scene }, ...hold.entries],
      records: { ...hold.records, [runnerPath(given.runner)]: runner as unknown as Json },
      subject: `prepare a drill of ${given.runner}`,
      verdict: undefined,
    };
  });
}

async function seeTick(run: () => ReturnType<RunTick>): Promise<Omit<SeenTick, 'marks'>> {
  try {
    const { outcome, result } = await run();
    const { 'halted-by': haltedBy, 'exit-code': exitCode, containment } = result;
    return {
      outcome,
      haltedBy: typeof haltedBy === 'string' ? haltedBy : '',
      started: exitCode !== undefined,
      ...(typeof containment === 'string' ? { containment } : {}),
    };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { outcome: 'inconclusive', haltedBy: '', started: false, error: error.message };
  }
}

/** The stand-ins name their marks so. */
export const MARK = 'mark';

const countMarks = async (folder: string): Promise<number> =>
  (await readdir(folder)).filter((name) => name.startsWith(MARK)).length;
