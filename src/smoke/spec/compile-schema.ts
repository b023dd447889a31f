import { resolve } from 'node:path';
import type { Json } from '../../proof/schema.ts';
import { parseJsonText } from '../json-text.ts';
import type { Expectation } from '../plan.ts';
import type { Compiling } from './compiling.ts';
import type { Source } from './source.ts';

/** A JSON Schema, written here or in a file. */
export async function compileSchema(
  spec: Json,
  source: Source,
  compiling: Compiling,
): Promise<Expectation[]> {
  const schema = typeof spec === 'string' ? await readSchema(source, compiling) : spec;
  if (schema === undefined) return [];
  return [
    { place: source.place, label: 'json-schema', negated: false, about: { kind: 'json-schema', schema } },
  ];
}

async function readSchema(source: Source, { files, folder }: Compiling): Promise<Json | undefined> {
  const path = source.text();
  const found = await files.read(resolve(folder, path));
  if ('why' in found) {
    source.refuse(`the schema ${path} ${found.why}`);
    return undefined;
  }
  const parsed = parseJsonText(new TextDecoder().decode(found.bytes));
  if (parsed.kind === 'json') return parsed.value;
  source.refuse(`the schema ${path} ${parsed.why}`);
  return undefined;
}
