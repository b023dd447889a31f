import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, until, type Workshop } from '../once/workshop.ts';
import { replay } from '../runner/tick-books.ts';
import { runAction, runCli, startCli } from './run-dist.ts';

const FULL = process.env.SHIP_PROOF_RELIABILITY === '1';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

const MONEY = ['--spend-cap', '1', '--estimate', '0.4', '--watchdog-ticks', '100'];
const flags = (more: readonly string[]) => [
  'tick',
  '--runner',
  'r',
  '--store',
  shop.store,
  ...MONEY,
  ...more,
];
const tick = (more: readonly string[], script: string) =>
  shop.run(['tick', '--runner', 'r', ...MONEY, ...more, '--', 'sh', '-c', script]);
const books = () => replay(shop.entries(), 'r');
const reporting = (line: string) => `echo '${line}' >> "$SHIP_PROOF_REPORT"`;

describe('tick', () => {
  it('runs the command, meters it, and writes down what it cost and brought', async () => {
    const { code, result, proof } = await tick(
      ['--label', 'paid'],
      `${reporting('{"usd_in":0.1,"value_usd":2}')}; echo "$SHIP_PROOF_TICK $SHIP_PROOF_LEFT_USD" > told; (sleep 300 &)`,
    );
    expect(code).toBe(0);
    expect(result).toMatchObject({
      state: 'passed',
      tick: 1,
      'usd-in': '0.10',
      'usd-provenance': 'measured',
      'value-usd': '2.00',
    });
    expect(proof.checks.map(({ id }) => id)).toContain('books');
    expect(books().ended[0]).toMatchObject({
      outcome: 'passed',
      label: 'paid',
      containment: result.containment,
    });
    expect(books().faults).toEqual([]);
  });

  it('says in one line of its log what the command came to', async () => {
    const run = await runCli(flags(['--', 'sh', '-c', reporting('{"usd_in":0.1,"value_usd":2}')]), {
      cwd: shop.path,
    });
    const lines = run.events.filter(({ fields }) => fields['usd-in'] !== undefined);
    expect(lines.map(({ fields }) => fields)).toEqual([
      {
        ...{ state: 'passed', tick: '1', 'usd-in': '0.10', 'value-usd': '2.00' },
        ...{ 'exit-code': '0', 'usd-provenance': 'measured' },
      },
    ]);
  });

  it('reads the cost out of what Claude Code prints', async () => {
    const line = '{"type":"result","subtype":"success","total_cost_usd":0.0312,"result":"done"}';
    const { result } = await tick(['--meter', 'claude'], `echo '${line}'`);
    expect(result).toMatchObject({ 'usd-in': '0.0312', 'usd-provenance': 'measured' });
  });

  it('exits 0 for what a control stopped, 1 for a command that failed, 3 where it could not look', async () => {
    expect(await tick([], 'exit 7')).toMatchObject({ code: 1, result: { 'exit-code': 7, 'usd-in': '0.40' } });
    const tooMuch = [
      'tick',
      '--runner',
      'r',
      '--spend-cap',
      '1',
      '--estimate',
      '1.1',
      '--watchdog-ticks',
      '100',
      '--',
      'touch',
      'm',
    ];
    expect(await shop.run(tooMuch)).toMatchObject({ code: 0, result: { 'halted-by': 'spend-cap' } });
    expect(await tick(['--kill-file', 'gone/kill'], 'touch m')).toMatchObject({
      code: 3,
      result: { 'halted-by': 'guard-unreadable' },
    });
    writeFileSync(join(shop.path, 'kill'), '');
    expect(await tick(['--kill-file', 'kill'], 'touch m')).toMatchObject({
      code: 0,
      result: { 'halted-by': 'kill-file' },
    });
    expect(existsSync(join(shop.path, 'm'))).toBe(false);
    expect(books().faults).toEqual([]);
  });

  // The kill file is read every five seconds, so it is waited for where time is no matter; what stops is the same.
  const [stop, haltedBy, code] = FULL
    ? (['--kill-file=kill', 'kill-file', 0] as const)
    : (['--max-runtime=1s', 'max-runtime', 1] as const);
  it(`leaves nothing of a command that ${haltedBy} stops`, async () => {
    const script = 'trap "" TERM; touch begun; (trap "" TERM; sleep 20; touch m) & sleep 20; touch m';
    const running = tick([stop, '--grace', '200ms'], script);
    if (FULL) {
      await until(() => existsSync(join(shop.path, 'begun')), 'the command');
      writeFileSync(join(shop.path, 'kill'), '');
    }
    expect(await running).toMatchObject({ code, result: { 'halted-by': haltedBy } });
    expect(books().ended[0]).toMatchObject({ haltedBy, exitCode: 137, usdProvenance: 'reserved' });
    expect(existsSync(join(shop.path, 'm'))).toBe(false);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'settles the tick within the grace when it gets a %s',
    async (name) => {
      const args = flags(['--', 'sh', '-c', 'touch begun; sleep 300']);
      const { child, done } = await startCli(args, { cwd: shop.path });
      await until(() => existsSync(join(shop.path, 'begun')), 'the command');
      child.kill(name);
      expect((await done).code).toBe(3);
      expect(books().ended[0]).toMatchObject({
        outcome: 'inconclusive',
        haltedBy: 'interrupted',
        usdInMicros: 400_000,
      });
      expect(books().open).toEqual([]);
    },
  );

  it.each([
    ['--estimate', '0'],
    ['--estimate', '-0.1'],
    ['--spend-cap', '-1'],
    ['--cadence', 'now and then'],
    ['--runner', '../r'],
  ])('finds %s %s invalid, and runs nothing', async (name, value) => {
    const run = await runCli([...flags([`${name}=${value}`]), '--', 'touch', 'm'], { cwd: shop.path });
    expect(run.code).toBe(2);
    expect(run.stdout).toContain(name.slice(2));
    expect(existsSync(join(shop.path, 'm'))).toBe(false);
  });

  it('takes the runner’s section of the config', async () => {
    writeFileSync(
      join(shop.path, 'ship-proof.yml'),
      'version: 1\nrunners:\n  digest: { spend-cap: 5.00, estimate: 0.40, cadence: "0 */4 * * *", watchdog-ticks: 3 }\n',
    );
    const run = await shop.run(['tick', '--runner', 'digest', '--', 'true']);
    expect(run.result).toMatchObject({ 'usd-in': '0.40' });
    expect(shop.entries().find(({ kind }) => kind === 'tick-started')).toMatchObject({
      runner: 'digest',
      capMicros: 5_000_000,
      trigger: 'manual',
      slot: expect.stringMatching(/T(00|04|08|12|16|20):00:00.000Z$/),
    });
  });
});

describe('tick as a step', () => {
  const INPUTS = { mode: 'tick', runner: 'r', 'spend-cap': '1', estimate: '0.4' };

  it.each([
    ['schedule', '1', 'schedule'],
    ['schedule', '2', 'rerun'],
    ['workflow_dispatch', '1', 'manual'],
  ])('of the event %s in attempt %s is a tick by %s', async (eventName, attempt, trigger) => {
    await using run = await runAction(
      { ...INPUTS, store: shop.store, run: reporting('{"usd_in":0.1}') },
      { eventName, env: { GITHUB_RUN_ATTEMPT: attempt } },
    );
    expect(run.code).toBe(0);
    expect(run.outputs).toMatchObject({ 'usd-in': '0.10', 'halted-by': '', 'proof-outcome': 'passed' });
    expect(books().started[0]).toMatchObject({ trigger, event: eventName, attempt: Number(attempt) });
  });

  it.each([
    ['trigger', 'schedule'],
    ['every', '4h'],
  ])('can’t be made a scheduled one by %s', async (name, value) => {
    await using run = await runAction(
      { ...INPUTS, store: shop.store, run: 'touch m', [name]: value },
      { eventName: 'workflow_dispatch' },
    );
    expect(run.code).toBe(2);
  });

  it('that was killed is settled by its post step', async () => {
    const args = flags(['--', 'sh', '-c', 'touch begun; sleep 300']);
    const { child, done } = await startCli(args, { cwd: shop.path });
    await until(() => existsSync(join(shop.path, 'begun')), 'the command');
    child.kill('SIGKILL');
    await done;
    const [open] = books().open;
    const left = JSON.stringify([{ path: 'runners/r', fence: open?.fence }]);
    await using post = await runAction(
      { ...INPUTS, store: shop.store },
      { state: { 'ship-proof-phase': 'main', 'ship-proof-claims': left } },
    );
    expect(post.code).toBe(0);
    expect(post.annotations).toHaveLength(1);
    expect(books()).toMatchObject({ open: [], faults: [] });
    expect(books().ended[0]).toMatchObject({
      outcome: 'inconclusive',
      haltedBy: 'interrupted',
      usdInMicros: 400_000,
    });
  });
});

describe('tick --every', () => {
  it('goes on after failing ticks, one line each, and is stopped by a SIGTERM', async () => {
    mkdirSync(join(shop.path, 'seen'));
    const script = `${reporting('{"usd_in":0.01}')}; touch seen/$SHIP_PROOF_TICK; exit $((SHIP_PROOF_TICK % 2))`;
    const args = flags(['--every', '1s', '--max-runtime', '20s', '--', 'sh', '-c', script]);
    const { child, done } = await startCli(args, { cwd: shop.path, timeoutMs: 60_000 });
    await until(() => existsSync(join(shop.path, 'seen/3')), 'the third tick');
    child.kill('SIGTERM');
    const run = await done;
    expect(run.code).toBe(3);
    const lines = run.events.filter(({ fields }) => fields['usd-in'] !== undefined);
    expect(lines.slice(0, 2).map(({ fields }) => fields.outcome)).toEqual(['failed', 'passed']);
    const { started, faults, open } = books();
    expect({ faults, open }).toEqual({ faults: [], open: [] });
    // At whole seconds, each once, and counted for the schedule.
    for (const { slot, trigger } of started)
      expect([slot?.slice(-5), trigger]).toEqual(['.000Z', 'schedule']);
  });

  it('does not run in a ledger that was put in place of its own', async () => {
    const script = `${reporting('{"usd_in":0.01}')}; touch m-$SHIP_PROOF_TICK`;
    const { child, done } = await startCli(flags(['--every', '1s', '--', 'sh', '-c', script]), {
      cwd: shop.path,
    });
    await until(() => entriesNow().some(({ kind }) => kind === 'tick-ended'), 'the first tick');
    const { git } = await import('../ledger/fixtures.ts');
    const repository = shop.store.slice('git+file:'.length);
    git(['-C', repository, 'update-ref', '-d', 'refs/ship-proof/default']);
    let told = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      told += chunk.toString();
    });
    await until(() => told.includes('ledger-lost'), 'the tick after it');
    child.kill('SIGTERM');
    await done;
    expect(git(['-C', repository, 'for-each-ref'])).toBe('');

    function entriesNow(): Record<string, unknown>[] {
      try {
        return shop.entries();
      } catch {
        return []; // No ledger yet.
      }
    }
  });
});
