import { isContributedEvent } from '../../ports/github-run.ts';
import { CodedError, invalid } from '../../proof/errors.ts';
import { errorCheck } from '../../proof/proof.ts';
import type { Check } from '../../proof/schema.ts';
import type { Part, PartInput, PartInputs, Ports } from '../mode.ts';

type Input = Readonly<Record<string, unknown>>;

/** A part that is to run, or that is waived. */
export type Planned =
  | ({ readonly part: Part; readonly kind: 'run' } & PartInput)
  | { readonly part: Part; readonly kind: 'waived'; readonly reason: string };

/** What is said where nothing was given for a part: how to give it. */
export interface WantedPart extends Part {
  readonly howTo: string;
}

/**
 * What each part is to do, in order. The first one is always there, and the others are about what it is about: the same build
 * and, unless they name another place, the same site. Throws `input-…` for what is wrong with them, and names the part.
 */
export async function planParts(
  parts: readonly WantedPart[],
  waivers: ReadonlyMap<string, string>,
  partInputs: PartInputs,
  { out }: { readonly out?: string | undefined },
  ports: Ports,
): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  const problems: Check[] = [];
  let first: Input | undefined;
  for (const part of parts) {
    const { name } = part.mode;
    const reason = waivers.get(name);
    if (reason !== undefined) {
      planned.push({ part, kind: 'waived', reason });
      continue;
    }
    try {
      const own = await partInputs(part);
      if (!own) throw unnamed(part);
      const isFirst = part === parts[0];
      // What is wrong with the first part would be wrong with the others too.
      if (!isFirst && !first) continue;
      const about = first ? shared(part, own.input, first, ports) : own.input;
      const input = out === undefined ? about : { ...about, out };
      if (isFirst) refuseToSend(input);
      await part.mode.check?.(input, ports);
      planned.push({ part, kind: 'run', input, names: own.names });
      if (isFirst) first = input;
    } catch (error) {
      if (!(error instanceof CodedError) || error.outcome !== 'invalid') throw error;
      problems.push(...problemsOf(name, error));
    }
  }
  if (problems.length === 0) return planned;
  const said = problems.map(({ title, observed }) => `${title}: ${observed}`).join('; ');
  throw invalid('input-invalid', said, { checks: problems });
}

/** The values of header fields are masked, so the build could not be named; and a page may repeat what it is sent. */
function refuseToSend(live: Input): void {
  const { 'build-id': id, headers } = live as {
    'build-id': string;
    headers: Readonly<Record<string, string>>;
  };
  const [name] = Object.entries(headers).find(([, value]) => value.includes(id)) ?? [];
  if (name === undefined) return;
  throw invalid(
    'input-conflict',
    `\`headers\` sends the build id in ${name}; the id is never sent: leave it out`,
  );
}

/** The build that was verified, and where, for a part that can be told. */
function shared(part: Part, own: Input, live: Input, { env }: Ports): Input {
  const { shape } = part.mode.input;
  const { 'build-id': id, url } = live as { 'build-id': string; url: readonly URL[] };
  const other = own['build-id'];
  if (other !== undefined && other !== id) {
    throw invalid(
      'input-conflict',
      `\`build-id\` is ${JSON.stringify(other)}, but ${JSON.stringify(id)} is to be verified; leave it out of the part's own section`,
    );
  }
  const isTold = 'base-url' in shape && !part.leftOut?.includes('base-url');
  // A contributor's config may have said where the site is; no request inside a network is to follow from that.
  const baseUrl = own['base-url'] ?? (isTold && !isContributedEvent(env) ? url[0] : undefined);
  return {
    ...own,
    ...('build-id' in shape ? { 'build-id': id } : {}),
    ...(baseUrl === undefined ? {} : { 'base-url': baseUrl }),
  };
}

const unnamed = ({ mode: { name }, howTo }: WantedPart) =>
  invalid(
    'input-missing',
    `nothing says what to do: ${howTo}; or waive it with a reason, \`skip: "${name}: <reason>"\``,
  );

/** Each problem with the part's name before it. */
function problemsOf(part: string, error: CodedError): Check[] {
  const checks = error.checks.length > 0 ? error.checks : [errorCheck(error)];
  return checks.map((check) => ({ ...check, id: `${part}:${check.id}`, title: `${part}: ${check.title}` }));
}
