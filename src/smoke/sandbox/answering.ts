import { type Schema, Validator } from '@cfworker/json-schema';
import { selectAll } from 'css-select';
import type { AnyNode } from 'domhandler';
import { innerText } from 'domutils';
import { JSONPathRecursionLimitError, jsonpath } from 'json-p3';
import { parse } from 'parse5';
import { adapter } from 'parse5-htmlparser2-tree-adapter';
import type { Json } from '../../proof/schema.ts';
import { type JsonReading, parseJsonText } from '../json-text.ts';
import type { Question, Reply } from './questions.ts';

/** More found elements than this prove nothing more; their number is told. */
const MAX_ELEMENTS = 500;
const MAX_ERRORS = 5;
const MAX_PAGE_ELEMENTS = 50_000;

/** Answers questions, in the thread that can be ended. It keeps the last text that it parsed: most questions are about one. */
export function createAnswering(): (question: Question) => Reply {
  const json = keepLast(parseJsonText);
  const html = keepLast(parseHtml);
  const answer = (question: Question): Reply => {
    switch (question.kind) {
      case 'regex': {
        const found = new RegExp(question.source, question.flags).exec(question.text);
        return { kind: 'regex', groups: found && Array.from(found, (group) => group ?? '') };
      }
      case 'json':
        return selectJson(json(question.text), question.path);
      case 'schema':
        return validate(json(question.text), question.schema);
      case 'html':
        return selectHtml(html(question.text), question.selector);
    }
  };
  return (question) => {
    try {
      return answer(question);
    } catch (error) {
      // The stack's end: every one of these libraries follows what is nested by calling itself.
      if (error instanceof RangeError)
        return { kind: 'none', why: 'the body is nested too deeply, or too long for this' };
      throw error;
    }
  };
}

function selectJson(document: JsonReading, path: string): Reply {
  if (document.kind === 'unreadable') return { kind: 'none', why: `the body ${document.why}` };
  try {
    const query = jsonpath.compile(path);
    const values = query.query(document.value as Parameters<typeof query.query>[0]).values() as Json[];
    return { kind: 'json', values, singular: query.singularQuery() };
  } catch (error) {
    if (!(error instanceof JSONPathRecursionLimitError)) throw error;
    return { kind: 'none', why: 'the body is JSON that nests deeper than a JSONPath is followed' };
  }
}

function validate(document: JsonReading, schema: Json): Reply {
  if (document.kind === 'unreadable') return { kind: 'none', why: `the body ${document.why}` };
  const result = tryValidating(schema, document.value);
  if (typeof result === 'string') return { kind: 'none', why: `the schema can't be used: ${result}` };
  const { valid, errors } = result;
  if (valid) return { kind: 'schema', errors: [] };
  // The innermost say what is wrong; those around them only that something is.
  const inner = errors.filter(({ keyword }) => !['properties', 'items', 'allOf', '$ref'].includes(keyword));
  const told = (inner.length > 0 ? inner : errors).slice(0, MAX_ERRORS);
  return {
    kind: 'schema',
    errors: told.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`),
  };
}

/** What stops it is always the user's schema: a `$ref` that leads nowhere, or round in circles. */
function tryValidating(schema: Json, value: Json) {
  try {
    return new Validator(schema as Schema, draftOf(schema), false).validate(value);
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

function draftOf(schema: Json): '4' | '7' | '2019-09' | '2020-12' {
  const named =
    schema !== null && typeof schema === 'object' && !Array.isArray(schema) ? schema.$schema : undefined;
  const [, old, recent] = /draft-0([47])|(2019-09|2020-12)/.exec(String(named)) ?? [];
  return (old ?? recent ?? '2020-12') as ReturnType<typeof draftOf>;
}

/** Undefined for a page of more elements than any honest one: each costs far more memory than its tag. */
function parseHtml(text: string): AnyNode | undefined {
  let elements = 0;
  const treeAdapter: typeof adapter = {
    ...adapter,
    createElement: (...given) => {
      elements += 1;
      if (elements > MAX_PAGE_ELEMENTS) throw new TooManyElements();
      return adapter.createElement(...given);
    },
  };
  try {
    return parse(text, { treeAdapter });
  } catch (error) {
    if (error instanceof TooManyElements) return undefined;
    throw error;
  }
}

class TooManyElements extends Error {
  override readonly name = 'TooManyElements';
}

function selectHtml(document: AnyNode | undefined, selector: string): Reply {
  if (!document) return { kind: 'none', why: `the page has more than ${MAX_PAGE_ELEMENTS} elements` };
  const found = selectAll<AnyNode, AnyNode>(selector, document);
  return {
    kind: 'html',
    count: found.length,
    elements: found.slice(0, MAX_ELEMENTS).map((element) => ({
      text: innerText(element).replace(/\s+/g, ' ').trim(),
      attributes: 'attribs' in element ? { ...element.attribs } : {},
    })),
  };
}

function keepLast<T>(read: (text: string) => T): (text: string) => T {
  let last: { text: string; value: T } | undefined;
  return (text) => {
    if (last?.text === text) return last.value;
    // The one before is let go of first: two trees of large pages are more than the thread may have.
    last = undefined;
    last = { text, value: read(text) };
    return last.value;
  };
}
