import { appendFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandEnd, CommandOptions } from '../../src/ports/command.ts';
import { git } from '../ledger/fixtures.ts';
import { replay } from './tick-books.ts';
import { openScene, type Scene, type SceneLedger, tickHere } from './tick-scene.ts';
import { settleTicksHere } from './tick-settle-here.ts';

let scene: Scene;
let ledger: SceneLedger;
beforeEach(() => {
  scene = openScene();
  ledger = scene.fresh();
});
afterEach(() => scene[Symbol.dispose]());

const report = ({ env }: CommandOptions, ...lines: readonly unknown[]): void =>
  appendFileSync(env.SHIP_PROOF_REPORT ?? '', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const PASSED: CommandEnd = { code: 0, stopped: false, containment: 'process-group' };
const tick = (given: Readonly<Record<string, unknown>> = {}, options: Parameters<typeof tickHere>[3] = {}) =>
  tickHere(scene, ledger, given, options);
const costing = (usd_in: number) => async (options: CommandOptions) => {
  report(options, { usd_in });
  return PASSED;
};
/** Runs until it is stopped; `during` happens once it runs. */
const stubborn =
  (during: (options: CommandOptions) => void | Promise<void> = () => {}) =>
  async (options: CommandOptions): Promise<CommandEnd> => {
    const stopped = new Promise<void>((resolve) =>
      options.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    await during(options);
    await stopped;
    return { code: 143, stopped: true, containment: 'process-group' };
  };
const booksNow = async () => replay(await ledger.entries(), 'r');
const endOf = async () => (await booksNow()).ended.at(-1);

describe('a running tick', () => {
  it.each([
    ['the ledger’s flag', 'kill-flag', 'halted', () => ledger.setHold()],
    ['the kill file', 'kill-file', 'halted', () => writeFileSync(join(scene.path, 'kill'), '')],
    [
      'a kill file’s folder that goes away',
      'guard-unreadable',
      'inconclusive',
      () => rmSync(join(scene.path, 'ops'), { recursive: true }),
    ],
    [
      'another ledger in place of its own',
      'guard-unreadable',
      'inconclusive',
      async () => {
        const other = scene.fresh();
        await other.put({});
        git([
          '-C',
          ledger.repository,
          'update-ref',
          `refs/ship-proof/${ledger.namespace}`,
          `refs/ship-proof/${other.namespace}`,
        ]);
      },
    ],
  ])('is stopped by %s', async (name, haltedBy, outcome, act) => {
    const ops = name.includes('folder');
    if (ops) writeFileSync(join(scene.path, 'x'), '');
    if (ops) await import('node:fs/promises').then(({ mkdir }) => mkdir(join(scene.path, 'ops')));
    const { proof } = await tick(
      { 'kill-file': ops ? 'ops/kill' : 'kill' },
      { guardEveryMs: 50, command: stubborn(async () => void (await act())) },
    );
    expect(proof).toMatchObject({ outcome, result: { 'halted-by': haltedBy, 'usd-in': '0.40' } });
    if (!name.includes('ledger in'))
      expect(await endOf()).toMatchObject({ outcome, haltedBy, usdProvenance: 'reserved' });
  });

  it('is stopped when the store is gone, and charged by the next one', async () => {
    const moved = `${ledger.repository}-away`;
    const first = await tick(
      { 'max-runtime': '1h' },
      { guardEveryMs: 50, command: stubborn(() => renameSync(ledger.repository, moved)) },
    );
    expect(first.proof).toMatchObject({
      outcome: 'inconclusive',
      result: { state: 'open', 'halted-by': 'guard-unreadable' },
    });
    expect(first.remembered).toHaveLength(1);
    renameSync(moved, ledger.repository);
    expect((await booksNow()).open).toHaveLength(1);
  });

  it('is stopped by the first report beyond what is left of the day', async () => {
    await tick({}, { command: costing(0.35) });
    const { proof } = await tick(
      {},
      { command: stubborn((options) => report(options, { usd_in: 0.6 }, { usd_in: 0.06 })) },
    );
    expect(proof).toMatchObject({
      outcome: 'halted',
      result: { 'halted-by': 'spend-cap', 'usd-in': '0.66' },
    });
    expect(await endOf()).toMatchObject({ usdInMicros: 660_000, usdProvenance: 'measured' });
    const { proof: next } = await tick();
    expect(next).toMatchObject({ outcome: 'halted', result: { 'halted-by': 'spend-cap' } });
    expect(next.checks.find(({ id }) => id === 'guard:spend-cap')?.detail).toBe(
      'Nothing runs until the UTC day ends; or raise `spend-cap`, and drill again.',
    );
  });

  it('is stopped by what Claude Code prints beyond what is left', async () => {
    const { proof } = await tick(
      { meter: 'claude' },
      { command: stubborn(({ onLine }) => onLine('out', '{"type":"result","total_cost_usd":1.5}')) },
    );
    expect(proof).toMatchObject({
      outcome: 'halted',
      result: { 'halted-by': 'spend-cap', 'usd-in': '1.50' },
    });
  });

  it('takes more of the day when it spends more than it reserved, so that its death hides nothing', async () => {
    const { proof } = await tick(
      {},
      {
        command: async (options) => {
          report(options, { usd_in: 0.45 });
          for (let raised = false; !raised; await scene.clock.sleep(20))
            raised = (await ledger.entries()).some(({ kind }) => kind === 'reservation-raised');
          return PASSED;
        },
      },
    );
    expect(proof).toMatchObject({ outcome: 'passed', result: { 'usd-in': '0.45' } });
    const raised = (await ledger.entries()).find(({ kind }) => kind === 'reservation-raised');
    expect(raised).toMatchObject({ reservedMicros: 850_000, tick: 1 });
  });

  it('is stopped when its lease was over while the machine slept, and another tick was started', async () => {
    const clock = { ...scene.clock, now: () => scene.clock.now() + 180_000 };
    const given = { 'max-runtime': '1m', grace: '0s', 'spend-cap': '10' };
    const { proof } = await tick(given, {
      guardEveryMs: 50,
      command: stubborn(async () => {
        const other = await tickHere({ ...scene, clock }, ledger, given, { command: costing(0.1) });
        expect(other.proof.outcome).toBe('passed');
      }),
    });
    expect(proof).toMatchObject({
      outcome: 'inconclusive',
      result: { state: 'open', 'halted-by': 'guard-unreadable' },
    });
    expect(proof.checks.find(({ id }) => id === 'command')?.observed).toMatch(/taken for dead/);
  });

  it('fails when it takes too long', async () => {
    const { proof } = await tick({ 'max-runtime': '100ms' }, { command: stubborn() });
    expect(proof).toMatchObject({ outcome: 'failed', result: { 'halted-by': 'max-runtime' } });
  });

  it('ends well before the timeout of its run does', async () => {
    const { proof } = await tick({ timeout: '1s' }, { command: stubborn() });
    expect(proof).toMatchObject({ outcome: 'failed', result: { 'halted-by': 'max-runtime' } });
    const [, ms] = /ran for (\d+) ms/.exec(JSON.stringify(proof.checks)) ?? [];
    expect(Number(ms)).toBeLessThanOrEqual(600);
  });

  it('is settled when the run is to end, and its end is inconclusive', async () => {
    const run = new AbortController();
    const { proof, remembered } = await tick(
      {},
      { signal: run.signal, command: stubborn(() => run.abort(new Error('stopped by SIGINT'))) },
    );
    expect(proof).toMatchObject({ outcome: 'inconclusive', result: { 'halted-by': 'interrupted' } });
    expect(await endOf()).toMatchObject({ outcome: 'inconclusive', haltedBy: 'interrupted' });
    expect(remembered).toEqual([[{ path: 'runners/r', fence: 1 }], []]);
  });

  it('costs nothing when its command could not be started', async () => {
    const { proof } = await tick(
      {},
      { command: async () => ({ code: 127, stopped: false, notStarted: 'ENOENT' }) },
    );
    expect(proof).toMatchObject({
      outcome: 'failed',
      result: { 'usd-in': '0.00', 'usd-provenance': 'measured' },
    });
  });
});

describe('a report that something was done to', () => {
  const away = ({ env }: CommandOptions) => rmSync(env.SHIP_PROOF_REPORT ?? '');
  it.each([
    [
      'was cut off',
      (options: CommandOptions) =>
        appendFileSync(options.env.SHIP_PROOF_REPORT ?? '', '{"usd_in":0.1}\n{"usd_i'),
      'report-truncated',
    ],
    ['was taken away', away, 'report-truncated'],
    [
      'was emptied',
      (options: CommandOptions) => {
        report(options, { usd_in: 0.1 });
        return scene.clock.sleep(500).then(() => writeFileSync(options.env.SHIP_PROOF_REPORT ?? '', ''));
      },
      'report-truncated',
    ],
    [
      'was replaced by a link',
      (options: CommandOptions) => {
        away(options);
        symlinkSync('/dev/zero', options.env.SHIP_PROOF_REPORT ?? '');
      },
      'report-truncated',
    ],
    [
      'is endless',
      (options: CommandOptions) => appendFileSync(options.env.SHIP_PROOF_REPORT ?? '', 'x'.repeat(2_000_000)),
      'report-too-long',
    ],
    [
      'is binary',
      (options: CommandOptions) => appendFileSync(options.env.SHIP_PROOF_REPORT ?? '', '\u0000\ufffd\n'),
      'report-malformed',
    ],
  ] as const)('is charged the reservation when it %s', async (name, act, doubt) => {
    const { proof } = await tick(
      {},
      {
        command: async (options) => {
          await act(options);
          return PASSED;
        },
      },
    );
    expect(proof).toMatchObject({
      outcome: 'passed',
      result: { 'usd-in': '0.40', 'usd-provenance': 'reserved' },
    });
    // What was emptied before anybody read it has said nothing at all.
    const doubts = name === 'was emptied' ? [doubt, 'cost-not-reported'] : [doubt];
    expect(doubts).toContain((await endOf())?.degraded.join());
  });
});

describe('the tick after', () => {
  const SLOT = Date.UTC(2026, 0, 1);
  const cron = { event: 'schedule', attempt: 1 };

  it('runs a slot once on schedule, whatever else ran', async () => {
    const scheduled = { run: cron, slotMs: SLOT, command: costing(0.1) };
    expect((await tick({}, scheduled)).ran).toBe(1);
    expect((await tick({}, scheduled)).proof).toMatchObject({
      outcome: 'skipped',
      result: { state: 'slot-done' },
    });
    expect((await tick({}, { ...scheduled, run: { ...cron, attempt: 2 } })).ran).toBe(1);
    expect((await tick({}, { ...scheduled, slotMs: SLOT + 1_000 })).ran).toBe(1);
    expect((await tick({}, { ...scheduled, slotMs: SLOT })).ran).toBe(0);
    expect((await booksNow()).faults).toEqual([]);
  });

  it('is skipped while another one runs', async () => {
    let inner: Awaited<ReturnType<typeof tick>> | undefined;
    await tick(
      {},
      {
        command: async (options) => {
          inner = await tick();
          return costing(0.1)(options);
        },
      },
    );
    expect(inner).toMatchObject({ ran: 0, proof: { outcome: 'skipped', result: { state: 'overlap' } } });
  });

  it('is told that there may be room again, where another one has reserved what is left', async () => {
    let inner: Awaited<ReturnType<typeof tick>> | undefined;
    await tick(
      {},
      {
        command: async (options) => {
          inner = await tick({ 'spend-cap': '0.60' });
          return costing(0.1)(options);
        },
      },
    );
    expect(inner).toMatchObject({
      ran: 0,
      proof: { outcome: 'halted', result: { 'halted-by': 'spend-cap' } },
    });
    const cap = inner?.proof.checks.find(({ id }) => id === 'guard:spend-cap');
    expect(cap?.detail).toMatch(/^A tick that is running, or died, has reserved the rest/);
  });

  it('records one that died as lost, and charges it', async () => {
    const past = { 'max-runtime': '100ms', grace: '0ms' };
    const died = tick(past, { command: () => Promise.reject(new Error('died')) });
    await died;
    await scene.clock.sleep(1_200);
    const next = await tick({}, { command: costing(0.1) });
    expect(next.proof.outcome).toBe('passed');
    expect(next.proof.checks.find(({ id }) => id === 'lost')).toMatchObject({ status: 'warn' });
    const books = await booksNow();
    expect(books.ended.map(({ outcome, usdInMicros }) => [outcome, usdInMicros])).toEqual([
      ['lost', 400_000],
      ['passed', 100_000],
    ]);
    expect(books.faults).toEqual([]);
  });

  it('finds its own books corrected when it was taken for dead', async () => {
    const past = { 'max-runtime': '100ms', grace: '0ms', 'spend-cap': '10' };
    const { proof } = await tick(past, {
      command: async (options) => {
        await scene.clock.sleep(1_300);
        const next = await tick({ 'spend-cap': '10' }, { command: costing(0.1) });
        expect(next.proof.outcome).toBe('passed');
        return costing(0.9)(options);
      },
    });
    expect(proof).toMatchObject({ outcome: 'inconclusive', result: { state: 'open' } });
    const books = await booksNow();
    expect(Object.values(books.days)).toEqual([1_000_000]);
    expect(books.faults).toEqual([]);
  });

  it('is halted when the ones before failed in the same way, until somebody rearms it', async () => {
    const failing = {
      command: async (options: CommandOptions) => {
        options.onLine('err', `${options.env.SHIP_PROOF_TICK}: quota exceeded`);
        report(options, { usd_in: 0.01 });
        return { ...PASSED, code: 2 };
      },
    };
    for (const outcome of ['failed', 'failed', 'halted', 'halted'])
      expect((await tick({ 'breaker-ticks': 2 }, failing)).proof.outcome).toBe(outcome);
    expect((await endOf())?.failure).toMatch(/^[0-9a-f]{64}$/);
    await settleTicksHere(scene, ledger).rearm();
    expect((await tick({ 'breaker-ticks': 2 }, failing)).proof.outcome).toBe('failed');
  });

  it('settles an open one in the post step, when the step was killed', async () => {
    await tick({}, { command: () => Promise.reject(new Error('killed')) });
    const post = settleTicksHere(scene, ledger);
    expect(await post.settle([{ path: 'runners/r', fence: 1 }])).toBe(1);
    expect(await post.settle([{ path: 'runners/r', fence: 1 }])).toBe(0);
    expect(await endOf()).toMatchObject({
      outcome: 'inconclusive',
      haltedBy: 'interrupted',
      usdInMicros: 400_000,
    });
    expect((await tick({}, { command: costing(0.1) })).proof.outcome).toBe('passed');
  });
});

describe('the record', () => {
  it('holds words and digests, and nothing that was printed', async () => {
    await tick(
      { label: 'paid' },
      {
        run: { event: 'schedule', attempt: 1, actor: 'octocat' },
        env: { SHIP_PROOF_KEY_SECRET: 'a-long-enough-secret' },
        command: async (options) => {
          options.onLine('out', 'sent to ann@example.org');
          report(options, {
            usd_in: 0.1,
            value_usd: 2,
            units: 3,
            note: 'ann@example.org',
            degraded: 'mirror',
          });
          report(options, { note: 'batch-7' });
          return PASSED;
        },
      },
    );
    const end = await endOf();
    expect(end).toMatchObject({
      outcome: 'passed',
      usdInMicros: 100_000,
      valueMicros: 2_000_000,
      units: 3,
      degraded: ['mirror'],
      notes: ['batch-7'],
      label: 'paid',
      event: 'schedule',
      containment: 'process-group',
      exitCode: 0,
    });
    expect(JSON.stringify(await ledger.entries())).not.toContain('ann@');
  });
});
