import type { z } from 'zod';
import { invalidAt } from '../config/place.ts';
import type { Mode, Ports } from '../modes/mode.ts';
import { loadAllModes } from '../modes/registry.ts';
import { type Config, configInputs } from './config.ts';
import type { Front } from './front.ts';
import { environmentInputs, type RawInput } from './parse.ts';

/** What the environment and the front give, in rising rank. */
export const givenInputs = (front: Front, mode: Mode, { env }: Ports): RawInput[] => [
  ...environmentInputs(env, Object.keys(mode.input.shape)),
  ...front.inputs(mode),
];

/** All inputs in rising rank: below what was given, what the mode's section of the config gives; locked as the policy has it. */
export async function withConfig(
  mode: Mode,
  own: readonly RawInput[],
  config: Config,
  { env, secrets, front }: Ports,
): Promise<readonly RawInput[]> {
  const inputs = await configInputs(
    config,
    sectionOf(mode, own),
    { env, secrets, trusted: config.trusted },
    (name) => mode.keepsLines?.includes(name) ?? false,
  );
  if (front === 'action') refusePlace(inputs);
  if (!config.trusted) {
    if (mode.sectionBy !== undefined) refuseAll(mode, inputs);
    checkDestination(inputs, own);
  }
  const all = [...(await ownInputs(mode, inputs)), ...own];
  if (!config.policy) return all;
  const { lockInputs } = await import('./policy.ts');
  return lockInputs(config.policy, mode, all);
}

/** Modes that share a section each take their own inputs from it; what none of them knows stays, and is refused. */
async function ownInputs(mode: Mode, config: readonly RawInput[]): Promise<readonly RawInput[]> {
  const isOwn = ({ name }: RawInput) => Object.hasOwn(mode.input.shape, name);
  if (mode.sectionBy === undefined || config.every(isOwn)) return config;
  const sharing = (await loadAllModes()).filter(({ section }) => section === mode.section);
  return config.filter(
    (raw) => isOwn(raw) || !sharing.some(({ input }) => Object.hasOwn(input.shape, raw.name)),
  );
}

/** The path of the mode's section: one name, or two where an input names the map in it. */
function sectionOf({ section, sectionBy, input }: Mode, own: readonly RawInput[]): readonly string[] {
  if (section === undefined || sectionBy === undefined) return section === undefined ? [] : [section];
  const given = own.findLast(({ name }) => name === sectionBy)?.value;
  // What the input is without being given; one that has to be given is missed later, by its own name.
  const parsed = (input.shape[sectionBy] as z.ZodType).safeParse(given);
  return typeof parsed.data === 'string' ? [section, parsed.data] : [];
}

/** In the action, whoever changes a checkout must not say which ledger is believed: the workflow does, or the policy. */
function refusePlace(config: readonly RawInput[]): void {
  const given = config.find(({ name, at }) => at && ['store', 'namespace'].includes(name));
  if (!given?.at) return;
  throw invalidAt(
    given.at,
    'config-untrusted',
    `in the action a section of the config can't give \`${given.name}\`; give it in the workflow, or lock it by \`policy\``,
  );
}

/** What a runner or a deploy does is no contributor's to say, in nothing. */
function refuseAll({ section }: Mode, [first]: readonly RawInput[]): void {
  if (!first?.at) return;
  throw invalidAt(
    first.at,
    'config-untrusted',
    `on this event the checkout may be a contributor's, so its \`${section}\` can't say what is run; give \`token\`, so that the default branch's config is read instead`,
  );
}

/**
 * Where the checkout may be a contributor's, its config must not say where the workflow's header fields are sent, nor
 * which private network may be asked, nor what may be written to.
 */
function checkDestination(config: readonly RawInput[], own: readonly RawInput[]): void {
  const has = (wanted: string) => own.some(({ name }) => name === wanted);
  for (const destination of ['url', 'base-url', 'allow-writes-to']) {
    const given = config.find(({ name }) => name === destination);
    if (!given?.at || has(destination) || (destination === 'url' && !has('headers'))) continue;
    throw invalidAt(
      given.at,
      'config-untrusted',
      `on this event the checkout may be a contributor's, so its config can't say where the run goes; give \`${destination}\` in the workflow too`,
    );
  }
}
