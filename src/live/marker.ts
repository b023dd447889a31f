import { UnreadableBody } from '../ports/decode.ts';
import { containsBuildId, isBuildId } from './build-id.ts';

/** Where a page says which build it is. `auto`: in HTML the meta tag, anywhere else the whole trimmed body. */
export type Where =
  | { readonly kind: 'auto'; readonly meta: string }
  | { readonly kind: 'text' }
  | { readonly kind: 'contains' }
  | { readonly kind: 'meta'; readonly name: string }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'json'; readonly path: string };

export const DEFAULT_META_NAME = 'x-build-id';

/** `auto`, `text`, `contains`, `meta:NAME`, `header:NAME` or `json:PATH`; undefined for anything else. */
export function parseWhere(text: string): Where | undefined {
  if (text === 'auto') return { kind: 'auto', meta: DEFAULT_META_NAME };
  if (text === 'text' || text === 'contains') return { kind: text };
  const [, kind, rest] = /^(meta|header|json):(\S.*)$/.exec(text) ?? [];
  if (kind === undefined || rest === undefined) return undefined;
  if (kind === 'json') return { kind, path: rest };
  return /^[\w.:-]+$/.test(rest) ? { kind: kind as 'meta' | 'header', name: rest } : undefined;
}

/** A body that is only a build id is short; whatever is longer than this is some other text. */
const TEXT_LIMIT = 4096;

/** The part of an answer in which a build id can stand. */
export interface MarkedAnswer {
  header(name: string): string | undefined;
  /** Decoded; reading stops as soon as the marker is found. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * The build id that an answer carries, or undefined when it carries none. For `contains` it can only be the wanted one:
 * any other marker is unknown there. Rejects with whatever reading the body rejects with.
 */
export async function readMarker(
  answer: MarkedAnswer,
  where: Where,
  wanted: string,
): Promise<string | undefined> {
  switch (where.kind) {
    case 'header':
      return asBuildId(answer.header(where.name));
    case 'contains':
      return readContained(answer.chunks, wanted);
    case 'text':
      return readText(answer.chunks);
    case 'json':
      return readJson(answer.chunks, where.path);
    case 'meta':
      return readMeta(answer.chunks, where.name);
    case 'auto':
      return isHtml(answer.header('content-type'))
        ? readMeta(answer.chunks, where.meta)
        : readText(answer.chunks);
  }
}

export const isHtml = (contentType: string | undefined): boolean =>
  /^\s*(text\/html|application\/xhtml\+xml)\s*(;|$)/i.test(contentType ?? '');

async function readMeta(chunks: AsyncIterable<Uint8Array>, name: string): Promise<string | undefined> {
  const { createMarkerReader } = await import('./html-marker.ts');
  const reader = createMarkerReader(name);
  for await (const chunk of chunks) {
    // Ids and markup are ASCII, so the bytes may be read as they stand, whatever the page's encoding.
    const found = reader.write(ascii(chunk));
    if (found !== undefined) return asBuildId(found);
    if (reader.gaveUp) throw tooMuch();
  }
  const found = asBuildId(reader.end());
  if (reader.gaveUp) throw tooMuch();
  return found;
}

/** The build id in the stamp of a page that is there as a whole. Rejects as reading it on its way does. */
export async function readStamp(html: string): Promise<string | undefined> {
  const { createMarkerReader } = await import('./html-marker.ts');
  const reader = createMarkerReader(DEFAULT_META_NAME);
  const found = asBuildId(reader.write(html) ?? reader.end());
  if (reader.gaveUp) throw tooMuch();
  return found;
}

const tooMuch = () =>
  new UnreadableBody(
    'too-large',
    'the page has more elements, or a longer tag, than a reader of honest pages takes',
  );

async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  let text = '';
  for await (const chunk of chunks) {
    text = (text + ascii(chunk)).trimStart();
    if (text.length > TEXT_LIMIT) return undefined;
  }
  return asBuildId(text.replace(/^\u00ef\u00bb\u00bf/, ''));
}

async function readContained(chunks: AsyncIterable<Uint8Array>, wanted: string): Promise<string | undefined> {
  const kept = wanted.length + 1;
  let tail = '';
  for await (const chunk of chunks) {
    const text = tail + ascii(chunk);
    // An `x` stands for what was cut off before and is still to come: an id that touches it is not decided yet, or not
    // the id; whatever was decided earlier is not decided again without its neighbour.
    if (containsBuildId(`${text}x`, wanted)) return wanted;
    tail = text.length > kept ? `x${text.slice(-kept)}` : text;
  }
  return containsBuildId(tail, wanted) ? wanted : undefined;
}

async function readJson(chunks: AsyncIterable<Uint8Array>, path: string): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  const document = parseJson(text + decoder.decode());
  if (document === undefined) return undefined;
  const { jsonpath, JSONPathRecursionLimitError } = await import('json-p3');
  try {
    const value = jsonpath.query(path, document).values().at(0);
    // Another number may have lost digits in reading, and would then be equal to an id that is not served.
    const isExact = typeof value === 'string' || Number.isSafeInteger(value);
    return isExact ? asBuildId(String(value)) : undefined;
  } catch (error) {
    if (!(error instanceof JSONPathRecursionLimitError)) throw error;
    throw new UnreadableBody('too-large', 'the JSON nests deeper than a JSONPath is followed', error);
  }
}

/** Undefined for a text that is no JSON, or that nests deeper than anything with a build id in it. */
function parseJson(text: string): ReturnType<typeof JSON.parse> | undefined {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Something that could never have been stamped is no marker. */
function asBuildId(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed !== undefined && isBuildId(trimmed) ? trimmed : undefined;
}

const ascii = (chunk: Uint8Array): string =>
  Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
