import { invalidAt } from '../config/place.ts';
import type { Mode, Ports } from '../modes/mode.ts';
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
    mode.section,
    variables,
    (name) => mode.keepsLines?.includes(name) ?? false,
  );
  if (!trusted) checkDestination(config, own);
  return [...config, ...own];
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
