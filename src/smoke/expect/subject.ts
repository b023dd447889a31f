import type { Json } from '../../proof/schema.ts';
import { type Answer, isHtml, type SetCookie } from '../answer.ts';
import type { About, CookiePart, Test } from '../plan.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

/**
 * What a test looks at. `values`: it holds where it holds for one of them; none where the thing is absent. `none`: there
 * is nothing to look at, so neither the expectation nor its opposite holds.
 */
export type Subject =
  | {
      readonly kind: 'values';
      readonly values: readonly Json[];
      readonly count?: number;
      readonly typed: boolean;
    }
  | { readonly kind: 'none'; readonly why: string };

type Tested = Extract<About, { readonly test: Test }>;

/** Finds what an expectation is about in the answer. */
export async function subjectOf(about: Tested, answer: Answer, sandbox: Sandbox): Promise<Subject> {
  switch (about.kind) {
    case 'header': {
      const lines = answer.headers(about.name);
      return texts(lines.length === 0 ? [] : [lines.join(', ')]);
    }
    case 'final-url':
      // Whole, or from its path on: whichever was written.
      return texts([answer.url.href, `${answer.url.pathname}${answer.url.search}`]);
    case 'cookie':
      return cookieSubject(
        answer.cookies.findLast(({ name }) => name === about.name),
        about.of,
      );
    case 'body':
      return answer.unread === undefined ? texts([answer.text]) : unread(answer);
    case 'json':
      return jsonSubject(about.path, answer, sandbox);
    case 'html':
      return htmlSubject(about, answer, sandbox);
  }
}

const texts = (values: readonly string[]): Subject => ({ kind: 'values', values, typed: false });

const unread = ({ unread: why = '' }: Answer): Subject => ({ kind: 'none', why });

async function jsonSubject(path: string, answer: Answer, sandbox: Sandbox): Promise<Subject> {
  if (answer.unread !== undefined) return unread(answer);
  const reply = await sandbox.ask({ kind: 'json', path, text: answer.json });
  if (reply.kind !== 'json') return { kind: 'none', why: reply.kind === 'none' ? reply.why : '' };
  // A path that may select several gives the list of what it selects, also when that is one value, or none.
  return { kind: 'values', values: reply.singular ? reply.values : [[...reply.values]], typed: true };
}

async function htmlSubject(
  { selector, of }: Extract<About, { kind: 'html' }>,
  answer: Answer,
  sandbox: Sandbox,
): Promise<Subject> {
  if (answer.unread !== undefined) return unread(answer);
  if (!isHtml(answer)) return { kind: 'none', why: `no HTML: ${answer.headers('content-type').join(', ')}` };
  const reply = await sandbox.ask({ kind: 'html', selector, text: answer.html ?? answer.text });
  if (reply.kind !== 'html') return { kind: 'none', why: reply.kind === 'none' ? reply.why : '' };
  const { elements, count } = reply;
  if (of.kind === 'elements') {
    return { kind: 'values', values: elements.map(({ text }) => text), count, typed: false };
  }
  if (of.kind === 'text') return texts(elements.map(({ text }) => text));
  return texts(elements.flatMap(({ attributes }) => attributes[of.name] ?? []));
}

function cookieSubject(cookie: SetCookie | undefined, part: CookiePart): Subject {
  if (!cookie || cookie.removed) return texts([]);
  const value = {
    value: cookie.value,
    secure: cookie.secure,
    'http-only': cookie.httpOnly,
    'same-site': cookie.sameSite,
    path: cookie.path,
    domain: cookie.domain,
  }[part];
  return { kind: 'values', values: value === undefined ? [] : [value], typed: typeof value === 'boolean' };
}
