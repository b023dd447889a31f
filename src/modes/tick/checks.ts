import type { Check } from '../../proof/schema.ts';
import { dollarsOf } from '../../runner/meter-money.ts';
import type { StartVerdict } from '../../runner/tick-start.ts';

/** A check for each control that was asked before the work, in the order in which they were. */
export function guardChecks(verdict: StartVerdict): Check[] {
  const flags = verdict.guards.map(
    ({ name, state, observed }): Check => ({
      id: `guard:${name}`,
      status: state === 'off' ? 'pass' : state === 'set' ? 'warn' : 'untestable',
      title: FLAGS[name],
      expected: 'a flag that can be read, and is off',
      observed,
      ...(state === 'unreadable' ? { detail: UNREADABLE[name] } : {}),
    }),
  );
  const by = verdict.kind === 'halted' ? verdict.by : undefined;
  // What comes after the control that stopped was not asked.
  if (by !== undefined && by !== 'breaker' && by !== 'spend-cap') return flags;
  const breaker = breakerCheck(verdict);
  if (by === 'breaker') return [...flags, breaker];
  const cap = capCheck(verdict);
  return by === 'spend-cap' ? [...flags, breaker, cap] : [...flags, breaker, cap, turnCheck(verdict)];
}

const FLAGS = {
  'kill-environment': 'the host’s environment lets ticks run',
  'kill-file': 'the kill file lets ticks run',
  'kill-flag': 'the ledger lets ticks run',
} as const;

const UNREADABLE = {
  'kill-environment': 'Nothing runs while nobody knows whether it may. Set SHIP_PROOF_KILL to 0 or 1.',
  'kill-file':
    'Nothing runs while nobody knows whether it may. Create its folder, readable for this user, or name another `kill-file`.',
  'kill-flag':
    'Nothing runs while nobody knows whether it may. Use the version that wrote the flag, or set it again with `kill --scope ticks` and `rearm` it.',
} as const;

function breakerCheck(verdict: StartVerdict): Check {
  const base = {
    id: 'guard:breaker',
    title: 'the runner makes progress',
    expected: 'not always the same failure',
  };
  if (verdict.kind !== 'halted' || verdict.by !== 'breaker')
    return { ...base, status: 'pass', observed: 'not tripped' };
  return {
    ...base,
    status: 'warn',
    observed: `its last ${verdict.failures} ticks failed in the same way`,
    detail: 'Fix the cause, then `rearm` with `scope: ticks` and `confirm-destructive: true`.',
  };
}

function capCheck({ kind, budget, ...verdict }: StartVerdict): Check {
  const { capMicros, settledMicros, reservedMicros, estimateMicros } = budget;
  const isHalted = kind === 'halted' && 'by' in verdict && verdict.by === 'spend-cap';
  return {
    id: 'guard:spend-cap',
    status: isHalted ? 'warn' : 'pass',
    title: 'the day’s spending stays under the cap',
    expected: `at most ${dollarsOf(capMicros)} USD`,
    observed: `${dollarsOf(settledMicros)} settled, ${dollarsOf(reservedMicros)} reserved, ${dollarsOf(estimateMicros)} asked for`,
    ...(isHalted
      ? {
          detail:
            estimateMicros > capMicros
              ? 'The estimate of one tick exceeds the cap, so none will ever run: raise the cap or lower `estimate`.'
              : settledMicros + estimateMicros <= capMicros
                ? 'A tick that is running, or died, has reserved the rest: there may be room again when it, or its lease, has ended.'
                : 'Nothing runs until the UTC day ends; or raise `spend-cap`, and drill again.',
        }
      : {}),
  };
}

/** Only one tick at a time, and one for each slot. */
function turnCheck(verdict: StartVerdict): Check {
  const base = {
    id: 'guard:turn',
    title: 'it is this tick’s turn',
    expected: 'no other tick running, and a new slot',
  };
  if (verdict.kind !== 'skipped') return { ...base, status: 'pass', observed: 'it is' };
  const observed =
    verdict.why === 'overlap'
      ? `tick ${verdict.open.tick} is running since ${verdict.open.startedAt}, lease until ${verdict.open.leaseUntil}`
      : `the slot ${verdict.slot} has been run`;
  return {
    ...base,
    status: 'skipped',
    observed,
    ...(verdict.why === 'overlap'
      ? { detail: 'If it died, the first tick after its lease writes that down and takes its turn.' }
      : {}),
  };
}

/** A dead tick that was found: what it did nobody knows, but its money is in the books. */
export const lostCheck = ({ lost }: StartVerdict): Check[] =>
  lost === undefined
    ? []
    : [
        {
          id: 'lost',
          status: 'warn',
          title: 'the tick before has ended',
          expected: 'its end in the ledger',
          observed: `tick ${lost.tick} of ${lost.startedAt} wrote none; recorded as lost, ${dollarsOf(lost.usdInMicros)} USD charged`,
          detail: 'Its process was killed, or its machine lost. Look at what it was doing.',
        },
      ];
