import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse, type Token } from 'parse5';
import { invalid } from '../proof/errors.ts';
import { MAX_ID_CHARACTERS } from './build-id.ts';
import { attribute, isMetaNamed } from './html-marker.ts';

type Element = DefaultTreeAdapterTypes.Element;

const UTF8_BOM = '\xef\xbb\xbf';

/** The encoding declaration must end within the first bytes of a page (HTML standard, § 4.2.5.4). */
const DECLARATION_LIMIT_BYTES = 1024;

/** Replaces [start, end) by `text`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Puts `<meta name="x-build-id" content="…">` into the head of a page, or gives the ones that are there the new id.
 * Every other byte stays. `metaName` and `buildId` were checked by the caller: nothing in them needs escaping.
 * Throws `stamp-encoding`.
 *
 * The bytes are read as one character each (latin1), so that offsets in the text are offsets in the file. That holds
 * for every encoding of the web in which an ASCII byte is that ASCII character wherever it matters to HTML: UTF-8 and
 * the legacy ones, but not UTF-16 and ISO-2022-JP, which are refused.
 *
 * Pure, but it loads the HTML parser: import this file dynamically.
 */
export const stampHtml = (
  bytes: Uint8Array,
  metaName: string,
  buildId: string,
): { readonly bytes: Uint8Array; readonly changed: boolean } => {
  if (isWide(bytes)) throw unreadable('UTF-16 or UTF-32');
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const bom = file.startsWith(UTF8_BOM) ? UTF8_BOM : '';
  const html = file.slice(bom.length);

  const page = survey(html);
  if (/iso-?2022-?jp/i.test(page.charset?.label ?? '')) throw unreadable('ISO-2022-JP');
  const markers = page.metas.filter((meta) => isMetaNamed(meta, metaName));
  const edits = markers.flatMap((meta) => contentEdit(html, meta, buildId) ?? []);
  if (!markers.some((meta) => meta.parentNode === page.head)) {
    const open = `<meta name="${metaName}" content="`;
    const close = page.isXhtml ? '" />' : '">';
    const start = insertionOffset(page, bom.length, open.length + MAX_ID_CHARACTERS + close.length);
    edits.push({ start, end: start, text: open + buildId + close });
  }
  if (edits.length === 0) return { bytes, changed: false };
  return { bytes: Buffer.from(bom + applyEdits(html, edits), 'latin1'), changed: true };
};

/** A byte order mark, or NULs where every page in an ASCII-compatible encoding has none (as XML 1.0, appendix F). */
const isWide = (bytes: Uint8Array) =>
  (bytes[0] === 0xfe && bytes[1] === 0xff) ||
  (bytes[0] === 0xff && bytes[1] === 0xfe) ||
  bytes.subarray(0, 4).includes(0);

const unreadable = (encoding: string) =>
  invalid(
    'stamp-encoding',
    `the page is encoded in ${encoding}, which cannot be stamped: save it as UTF-8, the encoding that the HTML ` +
      'standard requires, or leave the page out with the input html',
  );

interface Page {
  readonly head: Element | undefined;
  /** Where an element would be the first one in the head. */
  readonly headStart: number;
  /** All real meta elements, wherever they are, in the order of the source. */
  readonly metas: readonly Element[];
  /** The encoding declaration in the head, and where it ends. */
  readonly charset: { readonly label: string; readonly end: number } | undefined;
  /** An XHTML page may also be read by an XML parser, which wants the meta closed. */
  readonly isXhtml: boolean;
}

const survey = (html: string): Page => {
  const metas: Element[] = [];
  const document = parse(html, {
    sourceCodeLocationInfo: true,
    treeAdapter: {
      ...defaultTreeAdapter,
      // Also those that the tree loses again (a frameset throws the body away): a reader may have seen them.
      onElementCreated(element, { isInTemplate }) {
        if (element.tagName === 'meta' && !isInTemplate) metas.push(element);
      },
    },
  });
  const doctype = document.childNodes.find((node) => node.nodeName === '#documentType')?.sourceCodeLocation;
  const root = document.childNodes.find(isElement);
  const head = root?.childNodes.filter(isElement).find(({ tagName }) => tagName === 'head');
  const charset = metas
    .filter((meta) => meta.parentNode === head)
    .map((meta) => ({ label: declaredEncoding(meta), end: meta.sourceCodeLocation?.endOffset ?? 0 }))
    .find((declaration): declaration is { label: string; end: number } => declaration.label !== undefined);
  return {
    head,
    // An element that the parser had to put in has no start tag. At the end of the file a doctype may stand unclosed:
    // what is put behind that one becomes a part of it.
    headStart:
      head?.sourceCodeLocation?.startTag?.endOffset ??
      root?.sourceCodeLocation?.startTag?.endOffset ??
      (doctype && html[doctype.endOffset - 1] === '>' ? doctype.endOffset : 0),
    metas,
    charset,
    isXhtml: root !== undefined && attribute(root, 'xmlns') !== undefined,
  };
};

const isElement = (node: DefaultTreeAdapterTypes.Node): node is Element => 'tagName' in node;

const declaredEncoding = (meta: Element): string | undefined => {
  const charset = attribute(meta, 'charset');
  if (charset !== undefined) return charset;
  if (attribute(meta, 'http-equiv')?.toLowerCase() !== 'content-type') return undefined;
  return /charset\s*=\s*["']?([^"'\s;]+)/i.exec(attribute(meta, 'content') ?? '')?.[1];
};

/**
 * First in the head, but behind the encoding declaration if that would be pushed out of the bytes where browsers look
 * for it. The room is counted for the longest id, so that no later id can push it out, and the place is always the same.
 */
const insertionOffset = ({ headStart, charset }: Page, bomBytes: number, longestBytes: number): number => {
  if (charset === undefined || charset.end <= headStart) return headStart;
  const endBytes = bomBytes + charset.end;
  const isPushedOut =
    endBytes <= DECLARATION_LIMIT_BYTES && endBytes + longestBytes > DECLARATION_LIMIT_BYTES;
  return isPushedOut ? charset.end : headStart;
};

/** The edit that gives this meta the id as its content, in the author's own way of quoting; none if it has it. */
const contentEdit = (html: string, meta: Element, buildId: string): Edit | undefined => {
  if (attribute(meta, 'content') === buildId) return undefined;
  const locations: Record<string, Token.Location> = meta.sourceCodeLocation?.attrs ?? {};
  const { content, name } = locations;
  if (content === undefined) {
    // It was found by its name, so it has one.
    const at = name?.endOffset ?? 0;
    return { start: at, end: at, text: ` content="${buildId}"` };
  }
  const nameEnd = content.startOffset + 'content'.length;
  const equals = matchAt(/[\t\n\f\r ]*=[\t\n\f\r ]*/y, html, nameEnd);
  const value = nameEnd + equals.length;
  const quoted = equals && matchAt(/"[^"]*"|'[^']*'/y, html, value);
  if (quoted) return { start: value + 1, end: value + quoted.length - 1, text: buildId };
  const bare = equals && matchAt(/[^\t\n\f\r >]+/y, html, value);
  if (bare) return { start: value, end: value + bare.length, text: buildId };
  return { start: value, end: value, text: equals ? `"${buildId}"` : `="${buildId}"` };
};

const matchAt = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
};

const applyEdits = (text: string, edits: readonly Edit[]): string => {
  let out = '';
  let from = 0;
  for (const { start, end, text: insertion } of edits.toSorted((a, b) => a.start - b.start)) {
    out += text.slice(from, start) + insertion;
    from = end;
  }
  return out + text.slice(from);
};
