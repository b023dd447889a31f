import type { Place } from '../../config/place.ts';
import type { Leavable } from '../../once/replay/cases.ts';
import type { UserCommand } from '../../ports/command.ts';
import type { Step } from '../../smoke/plan.ts';
import { type JsonTemplate, namesIn, type Template } from '../../smoke/template.ts';

/** One thing to do: a request, or a command of the user's. */
export type Work =
  | { readonly kind: 'request'; readonly place: Place; readonly step: Step }
  | { readonly kind: 'program'; readonly place: Place; readonly argv: readonly Template[] }
  | { readonly kind: 'script'; readonly place: Place; readonly command: UserCommand };

/** Where the state is looked at. */
export interface Sight {
  readonly work: Work;
  /** A JSONPath into the answer; without one, what a command prints is the state. */
  readonly path: string | undefined;
  /** The number of nodes that the path selects, not the nodes. */
  readonly counts: boolean;
  /** `undefined`: texts are secret, numbers are not. */
  readonly secret: boolean | undefined;
}

/** One write of the list, understood. */
export interface PlannedWrite {
  readonly name: string;
  readonly place: Place;
  /** Of the list, or the shortcut's scripts, which are inputs. */
  readonly origin: 'list' | 'input';
  readonly write: Work;
  readonly other: Work | undefined;
  readonly sight: Sight;
  readonly cleanup: readonly Work[];
  /** For each request and command. */
  readonly timeoutMs: number;
  /** Undefined: the input's. */
  readonly settleMs: number | undefined;
  readonly without: readonly Leavable[];
  /** The reason why it is not made. */
  readonly skip: string | undefined;
}

/** All that a write does besides being looked at. */
export const writesOf = ({ write, other, cleanup }: PlannedWrite): readonly Work[] => [
  write,
  ...(other ? [other] : []),
  ...cleanup,
];

/** The names of the values that are put into it. */
export function namesOf(work: Work): string[] {
  if (work.kind === 'script') return [];
  if (work.kind === 'program') return work.argv.flatMap(namesIn);
  const { url, headers, body } = work.step;
  const inBody = body?.kind === 'json' ? namesInJson(body.value) : [];
  const inText = body?.kind === 'text' ? namesIn(body.text) : [];
  const inForm = body?.kind === 'form' ? body.fields.flat().flatMap(namesIn) : [];
  return [...namesIn(url), ...[...headers.values()].flatMap(namesIn), ...inBody, ...inText, ...inForm];
}

function namesInJson(template: JsonTemplate): string[] {
  switch (template.kind) {
    case 'value':
      return [];
    case 'text':
      return namesIn(template.template);
    case 'list':
      return template.items.flatMap(namesInJson);
    case 'map':
      return template.entries.flatMap(([key, item]) => [...namesIn(key), ...namesInJson(item)]);
  }
}
