import type { z } from 'zod';
import { invalidAt } from '../config/place.ts';
import type { Mode, Ports } from '../modes/mode.ts';
import { loadAllModes } from '../modes/registry.ts';
import { isContributedEvent } from '../ports/github-run.ts';
import { configInputs } from './config.ts';
import type { Front } from './front.ts';
import { environmentInputs, type RawInput } from './parse.ts';

/** All inputs in rising rank: config, environment, front. */
export async function gatherInputs(front: Front, mode: Mode, ports: Ports): Promise<RawInput[]> {
  const { cwd, env, secrets } = ports;
  const known = Object.keys(mode.input.shape);
  const own = [...environmentInputs(env, known), ...front.inputs(mode)];
  const path = own.findLast(({ name }) => name === 'config')?.value;
  const trusted = !isContributedEvent(env);
  const variables = { cwd, env, secrets, trusted };
  const config = await configInputs(
    typeof path === 'string' ? path : undefined,
    sectionOf(mode, own),
    variables,
    (name) => mode.keepsLines?.includes(name) ?? false,
  );
  if (!trusted) checkDestination(config, own);
  return [...(await ownInputs(mode, config)), ...own];
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

/**
 * Where the checkout may be a contributor's, its config must not say where the workflow's header fields are sent, nor
 * which private network may be asked.
 */
function checkDestination(config: readonly RawInput[], own: readonly RawInput[]): void {
  const has = (wanted: string) => own.some(({ name }) => name === wanted);
  for (const destination of ['url', 'base-url']) {
    const given = config.find(({ name }) => name === destination);
    if (!given?.at || has(destination) || (destination === 'url' && !has('headers'))) continue;
    throw invalidAt(
      given.at,
      'config-untrusted',
      `on this event the checkout may be a contributor's, so its config can't say where the run goes; give \`${destination}\` in the workflow too`,
    );
  }
}
