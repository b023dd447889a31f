import { invalidAt } from '../../config/place.ts';
import type { Located } from '../../config/yaml.ts';
import { invalid } from '../../proof/errors.ts';
import { INLINE } from '../../smoke/spec/inline.ts';
import { problemsOf } from '../../smoke/spec/issues.ts';
import { millisecondsOf } from '../../smoke/spec/kinds.ts';
import { refusal } from '../../smoke/spec/parse.ts';
import { type Problem, type Reading, type Source, sourceOf } from '../../smoke/spec/source.ts';
import { tryOut } from '../../smoke/spec/try-out.ts';
import { filesFor, isOwnWord } from '../checks-input.ts';
import type { Ports } from '../mode.ts';
import { type ReplaySpec, replaySchema } from './spec.ts';
import { mapOf, parseSteps, type RequestSteps } from './steps.ts';
import { namesOf, type PlannedWrite, type Work } from './work.ts';

const MAX_WRITES = 100;
const DEFAULT_TIMEOUT_MS = 15_000;
const COMMAND_TIMEOUT_MS = 60_000;

/** Understands the list of writes; whatever is wrong with it is said at its line, before anything is sent. Throws `checks-…`. */
export async function planWrites(
  root: Located,
  given: { readonly hasBaseUrl: boolean },
  { env, secrets, cwd }: Ports,
): Promise<readonly PlannedWrite[]> {
  const trusted = isOwnWord(root, env);
  const variables = { env, secrets, trusted };
  const reading: Reading = { variables, problems: [], known: new Set(['key', 'nonce']) };
  const specs = await readSpecs(root, reading);
  const items = (root.value ?? []) as readonly Located[];
  const steps = await parseSteps(items, {
    variables,
    files: filesFor(root, cwd, env),
    cwd,
    hasBaseUrl: given.hasBaseUrl,
    builtIn: [],
    tryOut,
  });
  const writes = specs.map((spec, index) => {
    const source = sourceOf(items[index] as Located, reading);
    return planWrite(spec, source, items[index] as Located, steps[index] as RequestSteps, trusted);
  });
  for (const [index, { sight }] of writes.entries()) {
    const at = sourceOf(items[index] as Located, reading).in('observe');
    if (namesOf(sight.work).length > 0)
      at.refuse("an observation asks the same each time: it can't use `{{key}}` or `{{nonce}}`");
    // Paths into answers were tried with the steps; those into what a command prints were not.
    if (sight.work.kind === 'request' || sight.path === undefined) continue;
    const why = await tryOut('json', sight.path, '');
    if (why !== undefined) at.in(sight.counts ? 'count' : 'json').refuse(why);
  }
  if (reading.problems.length > 0) throw refusal(reading.problems);
  return writes;
}

async function readSpecs(root: Located, reading: Reading): Promise<readonly ReplaySpec[]> {
  const { plain } = await import('../../config/yaml.ts');
  const fail = (message: string) => invalidAt(root, 'checks-invalid', message);
  if (!Array.isArray(root.value)) throw fail('expected a list of writes');
  const items: readonly Located[] = root.value;
  if (items.length === 0) throw fail('expected at least one write');
  if (items.length > MAX_WRITES) throw fail(`expected at most ${MAX_WRITES} writes`);
  const specs: ReplaySpec[] = [];
  for (const item of items) {
    const parsed = replaySchema.safeParse(plain(item, (text) => text));
    if (!parsed.success) reading.problems.push(...problemsOf(parsed.error.issues, item));
    else {
      if (specs.some(({ name }) => name === parsed.data.name))
        sourceOf(item, reading).in('name').refuse('another write has this name');
      specs.push(parsed.data);
      reading.problems.push(...shapeProblems(item, reading));
    }
  }
  if (reading.problems.length > 0) throw refusal(reading.problems);
  return specs;
}

/** A request or a command, and a command alone. */
function shapeProblems(item: Located, reading: Reading): Problem[] {
  const problems: Problem[] = [];
  const node = mapOf(item);
  const cleanup = (node?.get('cleanup')?.value ?? []) as readonly Located[];
  for (const part of [node?.get('write'), node?.get('observe'), node?.get('other'), ...cleanup]) {
    const keys = [...(mapOf(part)?.keys() ?? [])];
    const commands = keys.filter((key) => key === 'command' || key === 'run');
    const [command] = commands;
    const beside = keys.find((key) => key !== command && !['json', 'count', 'secret'].includes(key));
    if (!part || !command || (!beside && commands.length === 1)) continue;
    sourceOf(part, { ...reading, problems })
      .in(beside ?? command)
      .refuse(`\`${beside}\` can't stand beside \`${command}\``);
  }
  return problems;
}

function planWrite(
  spec: ReplaySpec,
  source: Source,
  item: Located,
  steps: RequestSteps,
  trusted: boolean,
): PlannedWrite {
  const workOf = (at: Source, located: Located | undefined, step: RequestSteps['write']): Work | undefined =>
    step ? { kind: 'request', place: step.place, step } : commandWork(at, located, trusted);
  const node = mapOf(item);
  const write = workOf(source.in('write'), node?.get('write'), steps.write);
  const observe = workOf(source.in('observe'), node?.get('observe'), steps.observe);
  const other = spec.other && workOf(source.in('other'), node?.get('other'), steps.other);
  const requests = steps.cleanup.values();
  const cleanup = ((node?.get('cleanup')?.value ?? []) as readonly Located[]).map((located, index) => {
    const at = source.in('cleanup').in(index);
    return commandWork(at, located, trusted) ?? workOf(at, located, requests.next().value);
  });
  if (other && write && (other.kind === 'request') !== (write.kind === 'request'))
    source.in('other').refuse('the write and its other payload have to be of one kind: requests or commands');
  const captured = steps.observe?.captures[0]?.from;
  const { observe: seen } = spec;
  if (!write || !observe) throw new Error('a write without something to do');
  return {
    name: source.in('name').text(),
    place: source.place,
    origin: 'list',
    write,
    other,
    sight: {
      work: observe,
      path: captured?.kind === 'json' ? captured.path : (seen.count ?? seen.json),
      counts: seen.count !== undefined,
      secret: seen.secret,
    },
    cleanup: cleanup.filter((work) => work !== undefined),
    timeoutMs: spec.timeout === undefined ? DEFAULT_TIMEOUT_MS : millisecondsOf(spec.timeout),
    settleMs: spec.settle === undefined ? undefined : millisecondsOf(spec.settle),
    without: spec.without ?? [],
    skip: spec.skip,
  };
}

/** A command is the word of whoever wrote the file, so it has to be a file of one's own. */
function commandWork(source: Source, located: Located | undefined, trusted: boolean): Work | undefined {
  const node = mapOf(located);
  const [name, command] = [...(node ?? [])].find(([key]) => key === 'command' || key === 'run') ?? [];
  if (!name || !command) return undefined;
  const at = source.in(name);
  if (!trusted) {
    throw invalidAt(
      at.place,
      'config-untrusted',
      "on this event the checkout may be a contributor's, so its files can't say what is run: give `write` and `observe` in the workflow",
    );
  }
  if (name === 'run') {
    // A shell has variables of its own, so nothing is put into a script.
    const script = String(command.value);
    const place = /\{\{\s*(key|nonce)\s*\}\}/.exec(script);
    if (place)
      at.refuse(
        `nothing is put into a script: it finds ${place[0]} in $SHIP_PROOF_${place[1]?.toUpperCase()}`,
      );
    return { kind: 'script', place: at.place, command: { script } };
  }
  const argv = (command.value as readonly Located[]).map((_, index) => at.in(index).template());
  const secret = argv.findIndex(({ parts }) => parts.some((part) => 'text' in part && part.secret));
  if (secret >= 0)
    at.in(secret).refuse(
      'everybody on the machine can read an argument: let the program take a secret from its environment',
    );
  return { kind: 'program', place: at.place, argv };
}

/** The write that the two shortcuts stand for. */
export function shortcutWrite({
  write,
  observe,
}: {
  readonly write?: string | undefined;
  readonly observe?: string | undefined;
}): PlannedWrite | undefined {
  if (write === undefined && observe === undefined) return undefined;
  if (write === undefined || observe === undefined) {
    const [given, missing] = write === undefined ? ['observe', 'write'] : ['write', 'observe'];
    throw invalid('input-missing', `input \`${given}\` needs \`${missing}\``);
  }
  const place = { file: INLINE, line: 1 };
  const script = (text: string): Work => ({ kind: 'script', place, command: { script: text } });
  return {
    name: 'command',
    place,
    origin: 'input',
    write: script(write),
    other: undefined,
    sight: { work: script(observe), path: undefined, counts: false, secret: undefined },
    cleanup: [],
    timeoutMs: COMMAND_TIMEOUT_MS,
    settleMs: undefined,
    without: [],
    skip: undefined,
  };
}
