import { placeText } from '../config/place.ts';
import type { Policy } from '../config/policy.ts';
import type { Located } from '../config/yaml.ts';
import type { Mode } from '../modes/mode.ts';
import { printable } from '../proof/encode.ts';
import { refused } from '../proof/errors.ts';
import type { RawInput } from './parse.ts';

/**
 * How an input may differ from what the config gives a runner whose cap the policy locks. A cap holds only as far as the controls
 * around it: a tick whose cost is not known is charged its estimate, so a lower one would be a higher cap.
 */
const CONTROLS: Readonly<Record<string, 'raised' | 'lowered' | 'kept'>> = {
  estimate: 'raised',
  meter: 'kept',
  'max-runtime': 'lowered',
  grace: 'lowered',
  'kill-file': 'kept',
  cadence: 'kept',
  'watchdog-ticks': 'lowered',
  'breaker-ticks': 'lowered',
  'max-skew': 'raised',
  'clock-days': 'raised',
};

/** Inputs of a capped runner as they stand beside the policy, whatever config the run names: the lowest in rank. */
export function standingInputs(policy: Policy, mode: Mode, runner: string, source: string): RawInput[] {
  const cap = capOf(policy, runner);
  if (cap === undefined) return [];
  const standing = standingControls(policy, mode, runner).map(([name, located]) => ({
    name,
    value: located.value,
    source: placeText(located),
  }));
  const isSpending = Object.hasOwn(mode.input.shape, 'spend-cap');
  return isSpending ? [{ name: 'spend-cap', value: cap, source }, ...standing] : standing;
}

/** Refuses the parsed inputs of a capped runner that let it spend more, or go on longer or less watched, than its config. */
export function judgeRunner(policy: Policy, mode: Mode, input: Readonly<Record<string, unknown>>): void {
  const runner = String(input.runner);
  const cap = capOf(policy, runner);
  if (cap === undefined) return;
  const named = printable(runner);
  const most = understood(mode, 'spend-cap', cap);
  if (most !== undefined && Number(input['spend-cap']) > Number(most))
    throw refused(
      'policy-cap',
      `the policy lets ${named} spend at most ${cap} US dollars a day; an input can only lower that`,
    );
  const standing = standingControls(policy, mode, runner);
  if (Object.hasOwn(mode.input.shape, 'estimate') && !standing.some(([name]) => name === 'estimate'))
    throw refused(
      'policy-control',
      `the policy caps ${named}, but nothing says what a tick of unknown cost is charged at least: give \`estimate\` in \`runners: ${named}\`, beside the policy`,
    );
  for (const [name, located] of standing) {
    const own = understood(mode, name, located.value);
    if (own !== undefined && isWithin(CONTROLS[name], own, input[name])) continue;
    const how =
      own === undefined ? 'can lock it only when it is written out' : `lets it only be ${CONTROLS[name]}`;
    throw refused(
      'policy-control',
      `\`${name}\` of ${named} is ${printable(String(located.value), 120)} (${placeText(located)}), and the policy ${how}`,
    );
  }
}

const capOf = ({ runners }: Policy, runner: string): string | undefined =>
  runners?.get(runner)?.['spend-cap'];

/** The controls that the runner's section beside the policy gives, and the mode knows. */
const standingControls = (
  { configuredRunners }: Policy,
  mode: Mode,
  runner: string,
): readonly (readonly [string, Located])[] =>
  [...(configuredRunners.get(runner) ?? [])].filter(
    ([name]) => Object.hasOwn(CONTROLS, name) && Object.hasOwn(mode.input.shape, name),
  );

/** A value as the mode understands it; undefined for a variable (whoever runs it could set that), and where it has no such input. */
function understood(mode: Mode, name: string, value: unknown): unknown {
  if (typeof value === 'string' && value.includes('${')) return undefined;
  return mode.input.shape[name]?.safeParse(value).data;
}

function isWithin(may: string | undefined, own: unknown, given: unknown): boolean {
  if (may === 'kept') return given === own;
  return may === 'raised' ? Number(given) >= Number(own) : Number(given) <= Number(own);
}
