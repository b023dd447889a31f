import type { UserCommand } from '../ports/command.ts';
import { invalid } from '../proof/errors.ts';
import type { Proof } from '../proof/schema.ts';
import { readCadence } from '../runner/cadence.ts';
import { cadenceSlots, everySlots, type Slots } from '../runner/slot.ts';
import { triggerOf } from '../runner/tick-trigger.ts';
import { defineMode, type Ports } from './mode.ts';
import { commandOf } from './once-command.ts';
import type { TickAbout } from './tick/context.ts';
import { type TickInput, tickInput } from './tick/inputs.ts';
import { superviseTicks } from './tick/loop.ts';
import { runTick } from './tick/run.ts';
import { watchAfterTick } from './watchdog/after-tick.ts';

export const mode = defineMode({
  name: 'tick',
  summary: 'Runs a command unattended, behind a spend cap and kill switches, and keeps the books.',
  input: tickInput,
  section: 'runners',
  sectionBy: 'runner',
  takesCommand: true,
  outputs: {
    state: 'passed, failed, halted, inconclusive, overlap, slot-done, or open when it could not be settled',
    tick: 'The number of the tick',
    'usd-in': 'What it cost, US dollars',
    'usd-provenance': 'measured, or reserved when its cost was not known',
    'value-usd': 'The value it brought, US dollars',
    'halted-by':
      'kill-environment, kill-file, kill-flag, spend-cap, breaker, max-runtime, interrupted, guard-unreadable, or empty',
    'exit-code': 'The exit code of the command',
    containment: 'How the command’s processes were contained',
  },
  run: tick,
});

/** One tick, or, with `every`, one after another until it is stopped. */
async function tick(given: TickInput, ports: Ports): Promise<Proof> {
  const command = commandOf(given.run, ports.command);
  const trigger = triggerOf(ports.holder.run, given.trigger);
  const slots = await slotsOf(given);
  const runStartedAtMs = ports.clock.now();
  if (given.every === undefined) {
    const slotMs = slots?.current(runStartedAtMs) ?? null;
    const proof = await watchedTick(given, command, ports, { trigger, slotMs, runStartedAtMs });
    tellWorked(proof, ports);
    return proof;
  }
  if (ports.front === 'action' || !slots || ports.holder.run) {
    throw invalid(
      'input-conflict',
      'input `every` is for a process that stays, on a host of yours; in a workflow, let `on: schedule` start each tick',
    );
  }
  if (given.trigger === 'manual') {
    throw invalid('input-conflict', 'input `trigger` is manual, but the loop of `every` keeps to its slots');
  }
  return superviseTicks(
    slots,
    (slotMs, ledgerId) =>
      watchedTick(pinned(given, ledgerId), command, ports, { trigger: 'schedule', slotMs, runStartedAtMs }),
    ports,
  );
}

/** One line of what the command came to, for whoever reads a crontab's log. */
function tellWorked({ result }: Proof, { log }: Ports): void {
  const { 'usd-provenance': provenance, containment: _, ...told } = result;
  if (provenance === undefined) return;
  const fields = Object.entries({ ...told, 'usd-provenance': provenance }).map(([name, value]) => [
    name,
    value === '' ? undefined : String(value),
  ]);
  log.event(Object.fromEntries(fields));
}

/** The tick, and then the watchdog’s look at what the last ones brought, in the very same ledger. */
async function watchedTick(
  given: TickInput,
  command: UserCommand,
  ports: Ports,
  about: TickAbout,
): Promise<Proof> {
  const proof = await runTick(given, command, ports, about);
  return watchAfterTick(proof, pinned(given, proof.ledger?.id), ports);
}

/** A ledger that was there and is gone, or is another one, has forgotten what was spent. */
const pinned = (given: TickInput, ledgerId: string | undefined): TickInput =>
  given['ledger-id'] !== undefined || ledgerId === undefined ? given : { ...given, 'ledger-id': ledgerId };

async function slotsOf({ cadence, every }: TickInput): Promise<Slots | undefined> {
  if (cadence !== undefined) return cadenceSlots(await readCadence(cadence));
  return every === undefined ? undefined : everySlots(every);
}
