import type { Policy } from '../config/policy.ts';
import { commonInputs } from '../modes/common.ts';
import type { Mode, Part, PartInputs, Ports } from '../modes/mode.ts';
import { openConfig } from './config-source.ts';
import type { Front } from './front.ts';
import { givenInputs, withConfig } from './gather.ts';
import { parseInput, type RawInput } from './parse.ts';

export interface Composed {
  readonly input: Readonly<Record<string, unknown>>;
  readonly partInputs: PartInputs;
  /** What the repository allows; the proof is held against it too. */
  readonly policy: Policy | undefined;
  /** What a proof may be weakened by, where somebody who may write the policy says so: a contributor's allows nothing. */
  readonly waivers: readonly string[];
}

/**
 * The parsed input of a mode and, where it is made of others, how to come by that of each part: the part's own section of the
 * config, and above it what was given to the whole and the part knows. A part's input is read when it is asked for, so
 * that one which is not wanted can be as it likes.
 */
export async function composeInput(front: Front, mode: Mode, ports: Ports): Promise<Composed> {
  const { parts = [] } = mode;
  const given = givenInputs(front, mode, ports);
  const config = await openConfig(given, ports);
  const understand = async (own: Mode, raws: readonly RawInput[]) => {
    const input = parseInput(own, raws);
    if (config.policy) (await import('./policy.ts')).judgeInput(config.policy, own, input);
    return input;
  };
  const isForPart = ({ name }: RawInput) => parts.some((part) => nameIn(part, name) !== undefined);
  const ofWhole = given.filter((raw) => !isForPart(raw));
  const input = await understand(mode, await withConfig(mode, ofWhole, config, ports));
  const partInputs: PartInputs = async (part) => {
    const own = given.flatMap((raw) => {
      const name = nameIn(part, raw.name);
      return name === undefined ? [] : [{ ...raw, name }];
    });
    const all = await withConfig(part.mode, own, config, ports);
    const { wantedBy } = part;
    const isWanted = wantedBy === undefined || all.some(({ name }) => wantedBy.includes(name));
    if (!isWanted) return undefined;
    const [inConfig, above] = [all.filter(({ at }) => at), all.filter(({ at }) => !at)];
    const names = { config: inConfig.map(({ name }) => name), given: above.map(({ name }) => name) };
    return { input: await understand(part.mode, all), names };
  };
  const { policy, trusted } = config;
  return { input, partInputs, policy, waivers: (trusted && policy?.waivers) || [] };
}

/** What an input of the whole is called in a part; undefined where the part has nothing to do with it. */
export function nameIn({ mode, renamed = {}, leftOut = [] }: Part, name: string): string | undefined {
  if (Object.hasOwn(renamed, name)) return renamed[name];
  if (Object.hasOwn(commonInputs, name) || leftOut.includes(name) || Object.values(renamed).includes(name)) {
    return undefined;
  }
  return Object.hasOwn(mode.input.shape, name) ? name : undefined;
}
