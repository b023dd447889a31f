import type { Json } from '../../proof/schema.ts';
import type { Answer } from '../answer.ts';
import type { About, Test } from '../plan.ts';
import { render, renderJson, type Values } from '../template.ts';
import type { Subject } from './subject.ts';

const MAX_SHOWN = 160;
/** Far more than is shown, so that a secret which begins in what is shown is masked as a whole. */
const MAX_MASKED = 65_536;

/** What was expected, in words. */
export function wanted(about: About, values: Values, shown: Shower): string {
  switch (about.kind) {
    case 'status':
      return about.allowed.join(' or ');
    case 'max-time':
      return `at most ${about.ms} ms`;
    case 'max-bytes':
      return `at most ${about.bytes} bytes`;
    case 'sha256':
      return render(about.hex, values).text.toLowerCase();
    case 'tls-days':
      return `a certificate that is valid for ${about.days} days more`;
    case 'json-schema':
      return 'JSON that is valid by the schema';
    default:
      return wantedOf(about.test, values, shown);
  }
}

function wantedOf(test: Test, values: Values, shown: Shower): string {
  switch (test.op) {
    case 'equals':
      return shown(renderJson(test.value, values).value);
    case 'contains':
      return `contains ${shown(renderJson(test.value, values).value)}`;
    case 'matches':
      return `matches /${test.pattern.source}/${test.pattern.flags}`;
    case 'exists':
      return test.exists ? 'is there' : 'is not there';
    case 'type':
      return `is of type ${test.type}`;
    case 'count':
      return `${test.comparison === 'exactly' ? '' : `${test.comparison} `}${test.number} of them`;
    case 'compare':
      return `${test.comparison} ${test.number}`;
  }
}

/** What was there instead, in words: as much of it as helps. */
export function seen(
  about: About,
  subject: Extract<Subject, { kind: 'values' }>,
  answer: Answer,
  shown: Shower,
): string {
  if (about.kind === 'body') {
    return `a body of ${answer.bytes} bytes${answer.text === '' ? '' : ` that begins ${shown(answer.text.trimStart())}`}`;
  }
  if (about.kind === 'final-url') return answer.url.href;
  if ('test' in about && about.test.op === 'count') {
    const [value] = subject.values;
    if (subject.count !== undefined) return `${subject.count} elements`;
    return value === undefined ? 'nothing there' : `${sizeOf(value)}: ${shown(value)}`;
  }
  if (subject.values.length === 0) return 'nothing there';
  const [first, ...more] = subject.values;
  return `${shown(first ?? null)}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}

const sizeOf = (value: Json): string =>
  Array.isArray(value)
    ? `${value.length} entries`
    : typeof value === 'string'
      ? `${[...value].length} characters`
      : 'a value';

/** Shows a value: masked first and shortened then, so that no half of a secret is left standing. */
export type Shower = (value: Json) => string;

export const createShower =
  (mask: (text: string) => string): Shower =>
  (value) => {
    const text = mask(JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_MASKED) : value));
    return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  };
