import type { Located, LocatedValue } from '../../config/yaml.ts';
import type { PlannedCheck, Step } from '../../smoke/plan.ts';
import { type ParseContext, parseChecks } from '../../smoke/spec/parse.ts';

/**
 * The requests of a write, read by the parser of `smoke`: as the steps of a flow, so that urls, templates, variables, files and
 * captures mean the same here and there, and what is wrong with them is said at its own line.
 */
export interface RequestSteps {
  readonly observe: Step | undefined;
  readonly other: Step | undefined;
  readonly write: Step | undefined;
  readonly cleanup: readonly Step[];
}

type Node = ReadonlyMap<string, Located>;

export const mapOf = (located: Located | undefined): Node | undefined =>
  located?.value instanceof Map ? (located.value as Node) : undefined;

const isRequest = (located: Located | undefined): boolean => {
  const node = mapOf(located);
  return node !== undefined && !node.has('command') && !node.has('run');
};

const BODIES = ['json', 'form', 'text', 'file'];

/** The steps of each item of the list, which has passed the schema. Throws `checks-…`. */
export async function parseSteps(
  items: readonly Located[],
  context: ParseContext,
): Promise<readonly RequestSteps[]> {
  const flows = items.map(flowOf);
  const asked = flows.filter(({ steps }) => steps.length > 0);
  const checks =
    asked.length === 0
      ? []
      : await parseChecks(
          listOf(
            asked.map(({ located }) => located),
            items[0],
          ),
          {
            ...context,
            builtIn: [...context.builtIn, 'key', 'nonce'],
          },
        );
  return flows.map((flow) => {
    const check = checks[asked.indexOf(flow)];
    return stepsOf(flow, check);
  });
}

interface Flow {
  readonly located: Located;
  readonly steps: readonly { readonly part: string; readonly located: Located }[];
}

/** What cleans up comes last: it may use what the write's answer gave. */
function flowOf(item: Located): Flow {
  const node = mapOf(item) ?? new Map<string, Located>();
  const [write, observe, other] = ['write', 'observe', 'other'].map((key) => node.get(key));
  const cleanup = (node.get('cleanup')?.value ?? []) as readonly Located[];
  const steps = [
    ...(observe && isRequest(observe) ? [{ part: 'observe', located: observation(observe) }] : []),
    ...(write && other && isRequest(write) && isRequest(other)
      ? [{ part: 'other', located: merged(write, other) }]
      : []),
    ...(write && isRequest(write) ? [{ part: 'write', located: write }] : []),
    ...cleanup.filter(isRequest).map((located) => ({ part: 'cleanup', located })),
  ];
  const kept = ['name', 'timeout'].flatMap((key) => {
    const value = node.get(key);
    return value ? [[key, value] as const] : [];
  });
  const list = steps.map(({ located }) => located);
  return { located: withValue(item, new Map([...kept, ['steps', listOf(list, item)]])), steps };
}

function stepsOf({ steps }: Flow, check: PlannedCheck | undefined): RequestSteps {
  const found = check && check.kind !== 'mcp' ? check.steps : [];
  const of = (part: string) => found.filter((_, index) => steps[index]?.part === part);
  return {
    observe: of('observe')[0],
    other: of('other')[0],
    write: of('write')[0],
    cleanup: of('cleanup'),
  };
}

/** The path is what a step would capture; `body` is called so because `json` is the path here. */
function observation(observe: Located): Located {
  const node = mapOf(observe) ?? new Map<string, Located>();
  const request = [...node].flatMap(([key, value]): [string, Located][] => {
    if (['json', 'count', 'secret'].includes(key)) return [];
    return [[key === 'body' ? 'json' : key, value]];
  });
  const path = node.get('count') ?? node.get('json');
  const capture: [string, Located][] = path
    ? [['capture', withValue(path, new Map([['observed', withValue(path, new Map([['json', path]]))]]))]]
    : [];
  return withValue(observe, new Map([...request, ...capture]));
}

/** The write with another body. */
function merged(write: Located, other: Located): Located {
  const kept = [...(mapOf(write) ?? [])].filter(([key]) => !BODIES.includes(key) && key !== 'capture');
  return withValue(other, new Map([...kept, ...(mapOf(other) ?? [])]));
}

const withValue = ({ file, line }: Located, value: LocatedValue): Located => ({ file, line, value });

const listOf = (items: readonly Located[], at: Located | undefined): Located => ({
  file: at?.file ?? '',
  line: at?.line ?? 1,
  value: items,
});
