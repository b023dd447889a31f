import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../ledger/fixtures.ts';
import { sample } from '../once/crash.ts';
import { openScene, type Scene, type SceneLedger, tickHere } from './tick-scene.ts';

const FULL = process.env.SHIP_PROOF_RELIABILITY === '1';

let scene: Scene;
beforeAll(() => {
  scene = openScene();
  writeFileSync(join(scene.path, 'set'), '');
  writeFileSync(join(scene.path, 'file'), '');
  mkdirSync(join(scene.path, 'ops'));
});
afterAll(() => scene[Symbol.dispose]());

/** Who asks. Attempts above one are re-runs, whatever the event. */
const ASKED = {
  'cron, first attempt': { event: 'schedule', attempt: 1 },
  'cron, second attempt': { event: 'schedule', attempt: 2 },
  'by hand, first attempt': { event: 'workflow_dispatch', attempt: 1 },
  'a push, third attempt': { event: 'push', attempt: 3 },
  'a command line': undefined,
} as const;

interface Flag {
  readonly means: 'off' | 'set' | 'unreadable';
  readonly haltedBy?: string;
  /** Not even the ledger can be written. */
  readonly lost?: true;
  set?(ledger: SceneLedger): Promise<Given>;
}
type Given = { readonly input?: Record<string, unknown>; readonly env?: Record<string, string> };

const held = async (ledger: SceneLedger): Promise<Given> => {
  await ledger.setHold();
  return {};
};
const file = (path: string) => async (): Promise<Given> => ({ input: { 'kill-file': path } });
const variable = (value: string) => async (): Promise<Given> => ({ env: { SHIP_PROOF_KILL: value } });
const pinned =
  (change: (ledger: SceneLedger) => void) =>
  async (ledger: SceneLedger): Promise<Given> => {
    await ledger.put({});
    const id = await ledger.id();
    change(ledger);
    return { input: { 'ledger-id': id } };
  };
const refOf = ({ namespace }: SceneLedger) => `refs/ship-proof/${namespace}`;

const FLAGS: Readonly<Record<string, Flag>> = {
  'no flag': { means: 'off' },
  'all flags off': {
    means: 'off',
    set: async () => ({ input: { 'kill-file': 'ops/kill' }, env: { SHIP_PROOF_KILL: 'false' } }),
  },
  'the ledger’s flag': { means: 'set', haltedBy: 'kill-flag', set: held },
  'the kill file': { means: 'set', haltedBy: 'kill-file', set: file('set') },
  'the environment': { means: 'set', haltedBy: 'kill-environment', set: variable('true') },
  'a word that is neither yes nor no': { means: 'unreadable', set: variable('perhaps') },
  'a kill file in a folder that is gone': { means: 'unreadable', set: file('gone/kill') },
  'a kill file below a file': { means: 'unreadable', set: file('file/kill') },
  'a hold that is none': {
    means: 'unreadable',
    set: async (ledger) => {
      await ledger.put({ 'holds/ticks': { state: 'cleared' } });
      return {};
    },
  },
  'a store that is gone': {
    means: 'unreadable',
    lost: true,
    set: async () => ({ input: { store: `git+file:${join(scene.path, 'gone.git')}` } }),
  },
  'books that are none': {
    means: 'unreadable',
    lost: true,
    set: async (ledger) => {
      await ledger.put({ 'runners/r': { schemaVersion: 1, runner: 'r', days: {} } });
      return {};
    },
  },
  'a ledger that was deleted': {
    means: 'unreadable',
    lost: true,
    set: pinned((ledger) => git(['-C', ledger.repository, 'update-ref', '-d', refOf(ledger)])),
  },
  'a ledger that was replaced': {
    means: 'unreadable',
    lost: true,
    set: pinned((ledger) => {
      const other = git(['-C', ledger.repository, 'for-each-ref', '--format=%(objectname)', OTHER]);
      git(['-C', ledger.repository, 'update-ref', refOf(ledger), other]);
    }),
  },
};
const OTHER = 'refs/ship-proof/other';

/** What was spent of one dollar, where a tick reserves 0.40. */
const SPENT = { under: 0, at: 600_000, over: 600_001 } as const;

interface Cell {
  readonly asked: keyof typeof ASKED;
  readonly flag: string;
  readonly cap: keyof typeof SPENT;
}

const ALL: readonly Cell[] = (Object.keys(ASKED) as (keyof typeof ASKED)[]).flatMap((asked) =>
  Object.keys(FLAGS).flatMap((flag) =>
    (Object.keys(SPENT) as (keyof typeof SPENT)[]).map((cap) => ({ asked, flag, cap })),
  ),
);
// Every flag, every trigger and every cap is in the sample.
const CELLS = FULL ? ALL : sample(ALL, 39);

async function seed(ledger: SceneLedger, spentMicros: number): Promise<void> {
  const day = new Date(scene.clock.now()).toISOString().slice(0, 10);
  const books = { ticks: 0, days: { [day]: spentMicros }, open: null, slot: null, breaker: null, lost: [] };
  await ledger.put({ 'runners/r': { schemaVersion: 1, runner: 'r', ...books } });
}

describe(`a tick, at ${CELLS.length} of ${ALL.length} cells of the table`, () => {
  beforeAll(async () => {
    // The ledger that stands in another one's place.
    const stranger = scene.fresh();
    await stranger.put({});
    git(['-C', stranger.repository, 'update-ref', OTHER, refOf(stranger)]);
  });

  it('is tried with everything', () => {
    for (const [key, values] of [
      ['asked', ASKED],
      ['flag', FLAGS],
      ['cap', SPENT],
    ] as const)
      expect(new Set(CELLS.map((cell) => cell[key]))).toEqual(new Set(Object.keys(values)));
  });

  it.each(CELLS)('$asked, $flag, $cap the cap', async ({ asked, flag: name, cap }) => {
    const flag = FLAGS[name] as Flag;
    const ledger = scene.fresh();
    await seed(ledger, SPENT[cap]);
    const given = (await flag.set?.(ledger)) ?? {};
    const run = ASKED[asked];
    const { proof, ran } = await tickHere(scene, ledger, given.input ?? {}, {
      ...(given.env ? { env: given.env } : {}),
      ...(run ? { run: { ...run } } : {}),
    });
    const may = flag.means === 'off' && cap !== 'over';
    expect(ran).toBe(may ? 1 : 0);
    if (may)
      expect(proof).toMatchObject({ outcome: 'passed', result: { 'halted-by': '', 'usd-in': '0.40' } });
    else if (flag.means === 'off')
      expect(proof).toMatchObject({ outcome: 'halted', result: { 'halted-by': 'spend-cap' } });
    else if (flag.means === 'set')
      expect(proof).toMatchObject({ outcome: 'halted', result: { 'halted-by': flag.haltedBy } });
    else {
      expect(proof.outcome).toBe('inconclusive');
      expect(proof.checks.some(({ status }) => status === 'untestable')).toBe(true);
      if (!flag.lost) expect(proof.result['halted-by']).toBe('guard-unreadable');
    }
    if (flag.lost) return;
    const trigger =
      asked === 'cron, first attempt'
        ? 'schedule'
        : asked.includes('attempt') && run?.attempt !== 1
          ? 'rerun'
          : 'manual';
    const written = (await ledger.entries()).filter(({ kind }) => String(kind).startsWith('tick-'));
    expect(written.map(({ kind }) => kind)).toEqual(may ? ['tick-started', 'tick-ended'] : ['tick-halted']);
    for (const entry of written)
      expect(entry).toMatchObject({ trigger, tick: 1, attempt: run?.attempt ?? 1 });
  });
});
