import { appendFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Ports } from '../../src/modes/mode.ts';
import { tickInput } from '../../src/modes/tick/inputs.ts';
import { type Task, work } from '../../src/modes/tick/work.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { CommandOptions } from '../../src/ports/command.ts';
import type { OpenTick } from '../../src/runner/tick-state.ts';

const CENT = 10_000;
const say = ({ env }: CommandOptions, cents: number): void =>
  appendFileSync(env.SHIP_PROOF_REPORT ?? '', `{"usd_in":${cents / 100}}\n`);
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await systemClock.sleep(10);
};

/** Runs a tick's work with 40 cents reserved and 100 left; `raise` stands for the transaction, `command` for the command. */
async function working(
  raise: (cents: number, options: CommandOptions) => Promise<number>,
  command: (options: CommandOptions, raised: readonly number[]) => Promise<void>,
) {
  const raised: number[] = [];
  let running: CommandOptions | undefined;
  const worked = await work(
    {
      given: tickInput.parse({ runner: 'r', 'spend-cap': '1', estimate: '0.4' }),
      command: { argv: ['true'] },
      open: { runner: 'r', tick: 1, fence: 1, slot: null, reservedMicros: 40 * CENT } as OpenTick,
      leftMicros: 100 * CENT,
      runStartedAtMs: systemClock.now(),
      watched: {
        ledger: {} as Ledger,
        ledgerId: null,
        open: { runner: 'r', fence: 1 },
        everyMs: 60_000,
        alone: (work) => work(),
      },
      raise: async (micros) => {
        const cents = await raise(micros / CENT, running as CommandOptions);
        raised.push(cents);
        return cents * CENT;
      },
    } satisfies Task,
    {
      clock: systemClock,
      env: {},
      cwd: '/',
      log: { event: () => {} },
      signal: new AbortController().signal,
      runCommand: async (_: unknown, options: CommandOptions) => {
        running = options;
        await command(options, raised);
        return { code: 0, stopped: options.signal.aborted };
      },
    } as unknown as Ports,
  );
  return { raised, worked };
}

it('reserves also what is reported while it reserves', async () => {
  let isFirst = true;
  const { raised } = await working(
    async (wanted, options) => {
      if (isFirst) {
        isFirst = false;
        say(options, 45);
        // It is read while this still goes on.
        await systemClock.sleep(600);
        return 85;
      }
      return Math.min(100, wanted);
    },
    async (options, done) => {
      say(options, 45);
      await until(() => done.length === 2);
    },
  );
  expect(raised).toEqual([85, 100]);
});

it('reserves all that is left when it is stopped for having spent more, so that its death before its end hides nothing', async () => {
  const { raised, worked } = await working(
    async (wanted) => Math.min(100, wanted),
    async (options, done) => {
      say(options, 300);
      await until(() => options.signal.aborted && done.length > 0);
    },
  );
  expect([worked.stop?.by, worked.reservedMicros / CENT, raised]).toEqual(['spend-cap', 100, [100]]);
});

it.each([
  ['spend-cap', 42, /no more than 0.42 may be/],
  ['guard-unreadable', 0, /taken for dead/],
])('is stopped by %s when %d cents are all that can be reserved', async (by, cents, because) => {
  const { worked, raised } = await working(
    async () => cents,
    async (options) => {
      say(options, 45);
      await until(() => options.signal.aborted);
      say(options, 1);
      await systemClock.sleep(300);
    },
  );
  expect(worked.stop).toEqual({ by, because: expect.stringMatching(because) });
  expect(raised).toEqual([cents]);
});
