import type { Json } from '../proof/schema.ts';
import type { Answer } from './answer.ts';
import type { Exchanged } from './exchanged.ts';
import type { Expectation, Step } from './plan.ts';
import type { Finding } from './result.ts';

/** As it stands in the list, with the names of what will be put in. */
export const pathOf = (step: Step): string =>
  step.url.parts.map((part) => ('text' in part ? part.text : `{{${part.name}}}`)).join('');

/** An answer that says nothing about its status has to be a good one. */
export function withDefaults(step: Step): readonly Expectation[] {
  if (step.expectations.some(({ about }) => about.kind === 'status')) return step.expectations;
  const good: Expectation = {
    place: step.place,
    label: 'status',
    negated: false,
    about: { kind: 'status', allowed: ['2xx'] },
  };
  return [good, ...step.expectations];
}

export function unanswered(
  exchanged: Exclude<Exchanged, { kind: 'answer' }>,
  step: Step,
): Omit<Finding, 'place'> {
  if (exchanged.kind === 'refused') {
    // Where a server sent us is the server's mistake; what could not be asked at all proves nothing.
    const status = exchanged.hop > 0 || step.url.parts.some((part) => 'name' in part) ? 'fail' : 'untestable';
    return { status, title: 'address', expected: 'a URL that may be asked', observed: exchanged.why };
  }
  const { elapsedMs, code, explanation } = exchanged;
  const limit = step.expectations.find(({ about, negated }) => about.kind === 'max-time' && !negated)?.about;
  if (exchanged.fault === 'timeout' && limit?.kind === 'max-time' && elapsedMs >= limit.ms) {
    return {
      status: 'fail',
      title: 'max-time',
      expected: `at most ${limit.ms} ms`,
      observed: `no complete answer after ${elapsedMs} ms`,
    };
  }
  return {
    status: 'untestable',
    title: 'answer',
    expected: 'an answer',
    observed: `${code}: ${explanation}`,
  };
}

export function traceFields(exchanged: Exchanged): Record<string, Json> {
  const { redirects, withheld, stayed, elapsedMs } = exchanged;
  return {
    elapsedMs,
    ...(redirects.length > 0 ? { redirects: [...redirects] } : {}),
    ...(withheld.length > 0 ? { withheld: [...new Set(withheld)] } : {}),
    ...(stayed === undefined ? {} : { redirect: `not followed: ${stayed}` }),
    ...exchanged.noted,
    ...(exchanged.kind === 'answer' ? answerFields(exchanged.answer) : {}),
    ...(exchanged.kind === 'fault' ? { error: exchanged.code, explanation: exchanged.explanation } : {}),
    ...(exchanged.kind === 'refused' ? { refused: exchanged.why } : {}),
  };
}

const answerFields = ({ status, bytes, unread }: Answer): Record<string, Json> => ({
  status,
  bytes,
  ...(unread === undefined ? {} : { unread }),
});

/** A wrong answer behind a redirect is often one that was asked without its credentials. */
export function withHint(finding: Finding, { redirects, withheld, stayed, hint }: Exchanged): Finding {
  const hints = [
    ...(hint === undefined ? [] : [hint]),
    ...(redirects.length > 0 ? [`After a redirect to ${redirects.at(-1)}.`] : []),
    ...(stayed === undefined ? [] : [`The redirect was not followed: ${stayed}.`]),
    ...(withheld.length > 0 ? [`Not sent to the other origin: ${[...new Set(withheld)].join(', ')}.`] : []),
  ];
  return hints.length === 0 ? finding : { ...finding, detail: hints.join(' ') };
}

export const unreadable = (why: string, { place }: Step): Finding => ({
  status: 'fail',
  title: 'body',
  expected: 'a body that can be read to its end',
  observed: why,
  place,
});
