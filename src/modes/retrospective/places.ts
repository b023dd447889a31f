import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { placeText } from '../../config/place.ts';
import type { Located } from '../../config/yaml.ts';
import { readAtMost } from '../../ports/read-at-most.ts';
import { CodedError } from '../../proof/errors.ts';
import type { Places } from './coverage.ts';

const CONFIGS = ['ship-proof.yml', '.github/ship-proof.yml'];
const WORKFLOWS = '.github/workflows';
const MAX_BYTES = 256 * 1024;

/** Where a runner's inputs stand: in its section of the config, else in the first workflow that gives them. */
export async function configuredPlaces(
  inputs: readonly string[],
  runner: string,
  config: string | undefined,
  cwd: string,
): Promise<Places> {
  const places = new Map<string, string>();
  for (const file of config === undefined ? CONFIGS : [config]) {
    const own = await sectionOf(file, runner, cwd);
    for (const [name, located] of own) places.set(name, placeText(located));
    if (own.size > 0) break;
  }
  const workflows = await readdir(resolve(cwd, WORKFLOWS)).catch(() => []);
  for (const name of workflows.filter((file) => /\.ya?ml$/.test(file)).sort()) {
    const file = `${WORKFLOWS}/${name}`;
    const lines = (await textOf(join(cwd, file)))?.split(/\r?\n/) ?? [];
    for (const input of inputs) {
      // With a value: a workflow that may be called names its inputs too.
      const line = lines.findIndex((text) => new RegExp(`^\\s*${input}:\\s+[^\\s#]`).test(text));
      if (line >= 0 && !places.has(input)) places.set(input, `${file}:${line + 1}`);
    }
  }
  return places;
}

async function sectionOf(file: string, runner: string, cwd: string): Promise<ReadonlyMap<string, Located>> {
  const text = await textOf(resolve(cwd, file));
  if (text === undefined) return new Map();
  const { parseYaml } = await import('../../config/yaml.ts');
  try {
    return mapOf(mapOf(mapOf(parseYaml(text, file)).get('runners')).get(runner));
  } catch (error) {
    // A config that is wrong has been refused before; a file of another kind says nothing.
    if (error instanceof CodedError) return new Map();
    throw error;
  }
}

const mapOf = (located: Located | undefined): ReadonlyMap<string, Located> =>
  located?.value instanceof Map ? located.value : new Map();

/** A file's text; undefined when it can't be read, or is too large for what it should be. */
async function textOf(path: string): Promise<string | undefined> {
  const bytes = await readAtMost(path, MAX_BYTES).catch(() => undefined);
  return bytes && new TextDecoder().decode(bytes);
}
