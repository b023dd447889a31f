import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunTick } from '../../src/modes/drill/stage.ts';
import { drill } from '../../src/modes/drill.ts';
import type { Ports } from '../../src/modes/mode.ts';
import { configDigest, tickInput } from '../../src/modes/tick/inputs.ts';
import { runTick } from '../../src/modes/tick/run.ts';
import { createRunCommand } from '../../src/ports/command.ts';
import { inconclusive } from '../../src/proof/errors.ts';
import type { Proof } from '../../src/proof/schema.ts';
import { createDrillProof } from '../../src/runner/clock-drills.ts';
import { CONTROLS, type Drill, drillSchema } from '../../src/runner/entries.ts';
import { newRunner, runnerPath } from '../../src/runner/tick-state.ts';
import { git } from '../ledger/fixtures.ts';
import { openScene, type Scene, type SceneLedger } from '../runner/tick-scene.ts';
import { drillInput, drillPorts, RUNNER } from './drill-ports.ts';

let scene: Scene;
/** Temporary files of these drills alone: others may run beside them. */
let temporary: string;
beforeAll(() => {
  scene = openScene();
  temporary = join(scene.path, 'temporary');
  mkdirSync(temporary);
  vi.stubEnv('TMPDIR', temporary);
});
afterAll(() => {
  vi.unstubAllEnvs();
  scene[Symbol.dispose]();
});

let count = 0;

interface Drilled {
  readonly proof: Proof;
  readonly drills: readonly Drill[];
  readonly ledger: SceneLedger;
  /** The accounts that were written. */
  readonly account: (name: string) => string;
}

async function run(
  given: Readonly<Record<string, string>> = {},
  more: { readonly ports?: Partial<Ports>; readonly tick?: RunTick; readonly ledger?: SceneLedger } = {},
): Promise<Drilled> {
  const ledger = more.ledger ?? scene.fresh();
  count += 1;
  const dir = `runs-${count}`;
  const proof = await drill(drillInput(ledger, { dir, ...given }), drillPorts(scene, more.ports), more.tick);
  const entries = await ledger.entries();
  return {
    proof,
    ledger,
    drills: entries.filter(({ kind }) => kind === 'drill').map((entry) => drillSchema.parse(entry)),
    account: (name) => readFileSync(join(scene.path, dir, name), 'utf8'),
  };
}

const outcomes = ({ drills }: Drilled) => Object.fromEntries(drills.map((one) => [one.control, one.outcome]));
const namespaces = ({ repository }: SceneLedger) =>
  git(['-C', repository, 'for-each-ref', '--format=%(refname)', 'refs/ship-proof']).split('\n');

describe('a drill of all controls', () => {
  it('passes with evidence, in the ledger and in accounts, and the clock lacks nothing any more', async () => {
    const drilled = await run();
    expect(drilled.proof).toMatchObject({
      outcome: 'passed',
      result: { passed: CONTROLS, failed: '' },
    });
    expect(drilled.drills).toMatchObject([
      { control: 'spend-cap', evidence: { marks: 0, 'marks-without': 1, haltedBy: 'spend-cap' } },
      { control: 'kill-flag', evidence: { marks: 0, 'marks-without': 1, haltedBy: 'kill-flag' } },
      {
        control: 'kill-process',
        evidence: { descendants: 4, alive: 0, beats: 0, marks: 0, haltedBy: 'interrupted' },
      },
    ]);
    const config = configDigest(tickInput.parse(RUNNER));
    const proof = createDrillProof();
    for (const one of drilled.drills) expect(proof.add(one)).toBe(true);
    expect(proof.lacks(config)).toEqual([]);
    for (const name of ['cap-test.md', 'kill-test-1.md', 'kill-test-2.md']) {
      expect(drilled.account(name)).toContain('**PASSED**');
      expect(drilled.account(name)).toContain(config);
    }
    expect(drilled.drills[2]?.containment).toBeDefined();
    expect(drilled.account('kill-test-2.md')).toContain(`\`${drilled.drills[2]?.containment}\``);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('touches the real books nowhere, and leaves one small namespace', async () => {
    const ledger = scene.fresh();
    const books = JSON.stringify({ ...newRunner('r'), ticks: 7, days: { '2026-11-20': 123 } });
    await ledger.put({ [runnerPath('r')]: JSON.parse(books) });
    const record = () =>
      git(['-C', ledger.repository, 'show', `refs/ship-proof/${ledger.namespace}:${runnerPath('r')}.json`]);
    const [before, booksBefore] = [namespaces(ledger), record()];
    await run({ control: 'kill-flag' }, { ledger });
    const kinds = (await ledger.entries()).map(({ kind }) => kind);
    expect(kinds).toEqual(['genesis', 'put', 'drill']);
    expect(record()).toBe(booksBefore);
    const added = namespaces(ledger).filter((name) => !before.includes(name));
    expect(added).toEqual([expect.stringMatching(/^refs\/ship-proof\/drill-[0-9a-f]{10}$/)]);
  });

  it('adds no branch where the store is a ref of its own', async () => {
    const { repository } = scene.fresh();
    const store = `git+file:${repository}?ref=refs/heads/ledger`;
    const all = () => git(['-C', repository, 'for-each-ref', '--format=%(refname)']).split('\n');
    const before = all();
    const input = {
      ...drillInput(scene.fresh(), { control: 'kill-flag', dir: 'own-ref' }),
      store,
      namespace: 'default',
    };
    expect((await drill(input, drillPorts(scene))).outcome).toBe('passed');
    expect(all().filter((name) => !before.includes(name))).toEqual(['refs/heads/ledger']);
  });
});

/** A command that is only half stopped: what it started goes on. */
const leaky: Ports['runCommand'] = (command, { signal, env, cwd }) =>
  new Promise((done) => {
    const [file = '', ...args] = 'argv' in command ? command.argv : [];
    const child = spawn(file, args, { env, cwd, stdio: 'ignore' });
    const stop = () => child.kill('SIGKILL');
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
    child.once('exit', (code) =>
      done({ code: code ?? 137, stopped: signal.aborted, containment: 'process-group' }),
    );
  });

/** Long waits are short. */
const hasty = (): Ports['clock'] => ({
  ...scene.clock,
  sleep: (ms, signal) => scene.clock.sleep(ms >= 10_000 ? ms / 10 : ms, signal),
});

describe('a drill turns red', () => {
  it('when the tick does not heed the cap', async () => {
    const tick: RunTick = (given, ...rest) => runTick({ ...given, 'spend-cap': 1e12 }, ...rest);
    const drilled = await run({ control: 'spend-cap' }, { tick });
    expect(drilled.proof).toMatchObject({ outcome: 'failed', result: { passed: '', failed: 'spend-cap' } });
    expect(drilled.drills).toMatchObject([{ outcome: 'failed', evidence: { marks: 1 } }]);
    expect(drilled.account('cap-test.md')).toContain('**FAILED**');
  });

  it('when the tick does not read the kill flag', async () => {
    const tick: RunTick = (given, ...rest) =>
      runTick({ ...given, namespace: `${given.namespace}-elsewhere` }, ...rest);
    const drilled = await run({ control: 'kill-flag' }, { tick });
    expect(drilled.drills).toMatchObject([{ outcome: 'failed', evidence: { marks: 1 } }]);
  });

  it('when the tick goes on though it was told to end', async () => {
    const tick: RunTick = (given, command, ports, about) =>
      runTick(given, command, { ...ports, signal: new AbortController().signal }, about);
    const drilled = await run({ control: 'kill-process' }, { tick, ports: { clock: hasty() } });
    expect(drilled.drills).toMatchObject([{ outcome: 'failed', evidence: { ended: false } }]);
  });

  it('when descendants of the command outlive it; and then the drill ends them', async () => {
    const drilled = await run({ control: 'kill-process' }, { ports: { runCommand: leaky } });
    const [shown] = drilled.drills;
    expect(shown).toMatchObject({
      outcome: 'failed',
      containment: 'process-group',
      evidence: { descendants: 4 },
    });
    expect(shown?.evidence.alive).toBeGreaterThanOrEqual(4);
    expect(shown?.evidence.beats).toBeGreaterThan(0);
  });
});

describe('a drill shows nothing', () => {
  it('when the tick can’t be run at all', async () => {
    const tick: RunTick = () => Promise.reject(inconclusive('store-unreachable', 'the store is gone'));
    const drilled = await run({}, { tick });
    expect(drilled.proof.outcome).toBe('inconclusive');
    expect(outcomes(drilled)).toEqual(
      Object.fromEntries(CONTROLS.map((control) => [control, 'inconclusive'])),
    );
    expect(drilled.account('kill-test-2.md')).toContain('the store is gone');
  });

  it('when a kill switch of the host is on already', async () => {
    const env = { HOME: scene.path, PATH: process.env.PATH, SHIP_PROOF_KILL: '1' };
    const drilled = await run({ control: 'kill-process' }, { ports: { env } });
    expect(drilled.proof.outcome).toBe('inconclusive');
    expect(outcomes(drilled)).toEqual({ 'kill-process': 'inconclusive' });
  });

  it('when one estimate exceeds the cap, so that nothing ever runs', async () => {
    const drilled = await run({ control: 'spend-cap', estimate: '2' });
    expect(outcomes(drilled)).toEqual({ 'spend-cap': 'inconclusive' });
  });

  it('when it is interrupted itself, and then it writes none down', async () => {
    const ledger = scene.fresh();
    const controller = new AbortController();
    const tick: RunTick = (...given) => {
      controller.abort(inconclusive('interrupted', 'stopped by SIGTERM'));
      return runTick(...given);
    };
    await expect(run({}, { tick, ledger, ports: { signal: controller.signal } })).rejects.toThrow('SIGTERM');
    expect(await ledger.entries()).toEqual([]);
  });
});

it('says that a plain process group was enough for what it tried', async () => {
  const runCommand = createRunCommand(['process-group']);
  const drilled = await run({ control: 'kill-process' }, { ports: { runCommand } });
  expect(drilled.drills).toMatchObject([{ outcome: 'passed', containment: 'process-group' }]);
});

it('writes its accounts through no link that leads out of their folder', async () => {
  const outside = join(scene.path, 'outside.md');
  mkdirSync(join(scene.path, 'linked'));
  symlinkSync(outside, join(scene.path, 'linked', 'kill-test-1.md'));
  await run({ control: 'kill-flag', dir: 'linked' }).catch(() => {});
  expect(existsSync(outside)).toBe(false);
});
