import type { Json } from '../proof/schema.ts';
import { type Answer, isHtml } from './answer.ts';
import type { Capture } from './plan.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

export type Captured =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'none'; readonly why: string };

/** Takes a value out of an answer. What is not there is told, never made up: later steps would go on with nothing. */
export async function capture(from: Capture['from'], answer: Answer, sandbox: Sandbox): Promise<Captured> {
  switch (from.kind) {
    case 'header':
      return found(answer.headers(from.name)[0], `no header ${from.name}`);
    case 'cookie':
      return found(
        answer.cookies.findLast(({ name, removed }) => name === from.name && !removed)?.value,
        `no cookie ${from.name} was set`,
      );
    default:
      return answer.unread === undefined ? fromBody(from, answer, sandbox) : none(answer.unread);
  }
}

async function fromBody(
  from: Exclude<Capture['from'], { kind: 'header' | 'cookie' }>,
  answer: Answer,
  sandbox: Sandbox,
): Promise<Captured> {
  switch (from.kind) {
    case 'json': {
      const reply = await sandbox.ask({ kind: 'json', path: from.path, text: answer.json });
      if (reply.kind === 'none') return none(reply.why);
      const values = reply.kind === 'json' ? reply.values : [];
      const value = values.length > 1 ? [...values] : values[0];
      return found(value, `${from.path} selects nothing`);
    }
    case 'regex': {
      const { source, flags } = from.pattern;
      const reply = await sandbox.ask({ kind: 'regex', source, flags, text: answer.text });
      if (reply.kind === 'none') return none(`the pattern has no answer: ${reply.why}`);
      const groups = reply.kind === 'regex' ? reply.groups : null;
      // The first group is what is meant where there is one.
      return found(groups?.[1] ?? groups?.[0], 'the pattern matches nothing');
    }
    case 'html': {
      if (!isHtml(answer)) return none(`no HTML: ${answer.headers('content-type').join(', ')}`);
      const reply = await sandbox.ask({
        kind: 'html',
        selector: from.selector,
        text: answer.html ?? answer.text,
      });
      if (reply.kind === 'none') return none(reply.why);
      const first = reply.kind === 'html' ? reply.elements[0] : undefined;
      if (!first) return none('no element is selected');
      const { attribute } = from;
      if (attribute === undefined) return { kind: 'value', value: first.text };
      return found(first.attributes[attribute], `the element has no attribute ${attribute}`);
    }
  }
}

const none = (why: string): Captured => ({ kind: 'none', why });

/** A token, an id, a list of them; what a server gives beyond that can neither be sent on nor be masked everywhere. */
const MOST = { characters: 64 * 1024, values: 1_000 } as const;

function found(value: Json | undefined, why: string): Captured {
  if (value === undefined) return none(why);
  const [characters, values] = [JSON.stringify(value).length, countOf(value)];
  if (characters <= MOST.characters && values <= MOST.values) return { kind: 'value', value };
  return none(
    `what is to be captured has ${characters} characters and ${values} values; at most ${MOST.characters} and ${MOST.values} are carried on`,
  );
}

const countOf = (value: Json): number =>
  value === null || typeof value !== 'object'
    ? 1
    : Object.values(value).reduce((sum: number, item) => sum + countOf(item), 0);
