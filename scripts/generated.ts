import { z } from 'zod';
import { LOCKABLE } from '../src/config/policy.ts';
import { type InputRow, inputRows } from '../src/front/help.ts';
import { commonInputs, commonOutputs } from '../src/modes/common.ts';
import type { Mode } from '../src/modes/mode.ts';
import { loadAllModes } from '../src/modes/registry.ts';
import { replaysFileSchema } from '../src/modes/replay/spec.ts';
import { checksSchema } from '../src/smoke/spec/spec.ts';
import { writesReference } from './replay-format.ts';
import { formatReference } from './smoke-format.ts';
import { WRITTEN } from './written-schemas.ts';

/** A file with checks is the list, or a map that holds it. */
const checksFileSchema = z.union([checksSchema, z.strictObject({ checks: checksSchema })]);

/** The content that every generated file should have, by path; `read` gives a file's present text. */
export async function generated(read: (path: string) => string): Promise<Map<string, string>> {
  const modes = await loadAllModes();
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const files = new Map<string, string>([
    ['action.yml', actionYml(modes)],
    ['src/version.ts', `/** Generated from package.json. */\nexport const VERSION = '${version}';\n`],
    ...WRITTEN.map(
      ([name, title, type]) => [`docs/schemas/${name}.schema.json`, schema(type, title)] as const,
    ),
    ['docs/schemas/config.schema.json', configSchema(modes)],
    ['docs/schemas/checks.schema.json', schema(checksFileSchema, 'A list of checks for `smoke`', 'ref')],
    ['docs/schemas/writes.schema.json', schema(replaysFileSchema, 'Writes for `idempotency-check`', 'ref')],
  ]);
  files.set('README.md', fill(read('README.md'), 'modes', modeTable(modes)));
  for (const mode of modes) {
    const path = `docs/${mode.name}.md`;
    files.set(
      path,
      fill(fill(read(path), 'inputs', inputTable(inputRows(mode))), 'outputs', outputTable(mode)),
    );
  }
  files.set('docs/smoke.md', fill(files.get('docs/smoke.md') ?? '', 'format', formatReference()));
  const writesPage = 'docs/idempotency-check.md';
  files.set(writesPage, fill(files.get(writesPage) ?? '', 'format', writesReference()));
  return files;
}

/** Only this input has a default in action.yml: the runner alone can give it. */
const TOKEN_DEFAULT = `\n    default: \${{ github.token }}`;

function actionYml(modes: readonly Mode[]): string {
  const rows = modes.flatMap((mode) => inputRows(mode).map((row) => ({ ...row, mode: mode.name })));
  const inputs = [...Map.groupBy(rows, ({ name }) => name)].map(([name, uses]) => {
    // What several modes say alike is said once, with their names.
    const texts = [...Map.groupBy(uses, ({ description }) => description)].map(([description, same]) =>
      same[0]?.common ? description : `${same.map(({ mode }) => mode).join(', ')}: ${description}`,
    );
    return `  ${name}:\n    description: ${JSON.stringify(texts.join(' '))}\n    required: false${name === 'token' ? TOKEN_DEFAULT : ''}`;
  });
  const outputs = new Map(
    [...Object.entries(commonOutputs), ...modes.flatMap((mode) => Object.entries(mode.outputs))].map(
      ([name, text]) => [name, `  ${name}:\n    description: ${JSON.stringify(text)}`],
    ),
  );
  const names = modes.map(({ name }) => name).join(', ');
  return [
    '# Generated from src/modes by `npm run generate`.',
    'name: ship-proof',
    'description: Prove that a deploy is live, that it is right, and that doing it twice is harmless',
    'branding:',
    '  icon: check-circle',
    '  color: green',
    'inputs:',
    `  mode:\n    description: ${JSON.stringify(`What to do: ${names}`)}\n    required: true`,
    ...inputs,
    'outputs:',
    ...outputs.values(),
    'runs:',
    '  using: node24',
    '  main: dist/index.js',
    '  post: dist/index.js',
    '',
  ].join('\n');
}

function configSchema(modes: readonly Mode[]): string {
  const inSections = Map.groupBy(modes, ({ section }) => section);
  const sections = [...inSections].flatMap(([section, own]) => {
    if (section === undefined) return [];
    const keys = z.strictObject(Object.assign({}, ...own.map(configKeys)));
    const by = own.find(({ sectionBy }) => sectionBy !== undefined);
    return [[section, (by ? z.record(z.string(), keys) : keys).optional()] as const];
  });
  return schema(
    z.strictObject({
      version: z.literal(1).optional(),
      ...Object.fromEntries(sections),
      policy: policySchema.optional(),
    }),
    'ship-proof.yml',
    'ref',
  );
}

const someUrls = z.union([z.string(), z.array(z.string())]);

/** As src/config/policy.ts understands it; that file's errors name lines, which a schema's can't. */
const policySchema = z.strictObject({
  ...Object.fromEntries(LOCKABLE.map((name) => [name, z.union([z.string(), z.literal(true)]).optional()])),
  urls: someUrls.optional(),
  'allow-writes-to': someUrls.optional(),
  waivers: someUrls.optional(),
  runners: z
    .record(
      z.string(),
      z.strictObject({ 'spend-cap': z.union([z.number(), z.string()]).optional() }).nullable(),
    )
    .optional(),
});

/** The inputs of a mode that its section of the config may give. */
function configKeys({ input, sectionBy, notInConfig = [] }: Mode): Readonly<Record<string, z.ZodType>> {
  const own = Object.entries(input.shape).filter(
    ([name]) => !(name in commonInputs) && name !== sectionBy && !notInConfig.includes(name),
  );
  return Object.fromEntries(own.map(([name, type]) => [name, inConfig(type as z.ZodType).optional()]));
}

/** What an input takes from a file may be more than what fits on a command line. */
function inConfig(type: z.ZodType): z.ZodType {
  const { inFile } = (type.meta() ?? {}) as { inFile?: () => z.ZodType };
  if (inFile) return z.union([inFile(), z.string()]).describe(type.description ?? '');
  const { innerType } = type.def as { innerType?: z.ZodType };
  const inner = innerType && inConfig(innerType);
  return inner === innerType || inner === undefined ? type : inner;
}

/** `reused: 'ref'` says once what occurs often: the format of checks would be megabytes otherwise. */
function schema(type: z.ZodType, title: string, reused: 'inline' | 'ref' = 'inline'): string {
  // A transformation's input is what a file holds, and what a schema can say.
  const made = z.toJSONSchema(type, {
    io: 'input',
    unrepresentable: 'any',
    reused,
    override: ({ jsonSchema }) => void prune(jsonSchema),
  });
  return `${JSON.stringify({ title, ...made }, null, 2)}\n`;
}

/** Our own meta is for messages, not for editors. */
function prune(jsonSchema: Record<string, unknown>): void {
  for (const key of ['allowed', 'flag', 'secret', 'inFile']) delete jsonSchema[key];
}

const modeTable = (modes: readonly Mode[]): string =>
  [
    '| mode | what it does |',
    '| --- | --- |',
    ...modes.map(({ name, summary }) => `| [\`${name}\`](docs/${name}.md) | ${summary} |`),
  ].join('\n');

const inputTable = (rows: readonly InputRow[]): string =>
  [
    '| input | default | what it does |',
    '| --- | --- | --- |',
    ...rows.map(({ name, required, default: fallback, description, allowed }) => {
      const value = required ? '**required**' : fallback === undefined ? '' : `\`${fallback}\``;
      return `| \`${name}\` | ${value} | ${cell(description)} Allowed: ${cell(allowed)}. |`;
    }),
  ].join('\n');

const outputTable = (mode: Mode): string =>
  [
    '| output | what it holds |',
    '| --- | --- |',
    ...Object.entries({ ...mode.outputs, ...commonOutputs }).map(
      ([name, text]) => `| \`${name}\` | ${cell(text)} |`,
    ),
  ].join('\n');

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Replaces what stands between `<!-- generated:NAME -->` and `<!-- /generated -->`. */
function fill(text: string, name: string, content: string): string {
  const pattern = new RegExp(`(<!-- generated:${name} -->\\n)[\\s\\S]*?(<!-- /generated -->)`);
  if (!pattern.test(text)) throw new Error(`no markers for generated:${name}`);
  return text.replace(pattern, (_, open: string, close: string) => `${open}${content}\n${close}`);
}
