import { html, Parser, type Token, type TreeAdapter, type TreeAdapterTypeMap } from 'parse5';
import { MeasuredTokenizer } from './measured-tokenizer.ts';

/**
 * Reads one `<meta name=… content=…>` out of a page while the page is still arriving. It runs the HTML standard's own
 * tree construction, so a marker counts where a browser would see an element, and nowhere else: not in a comment, a
 * script, a style, a template, a noscript, a textarea, CDATA or another element's attribute.
 *
 * This file loads the HTML parser; import it dynamically, so that only those who read HTML pay for it.
 */
export interface MarkerReader {
  /** The content of the first such element, as soon as its tag is complete. Once found, later text is not looked at. */
  write(chunk: string): string | undefined;
  /** Tells that the page is complete. */
  end(): string | undefined;
  /** True if the page asked for more work than any honest page does, and reading stopped before the end. */
  readonly gaveUp: boolean;
}

/**
 * The most elements that a page may create before the reader gives up; an honest page of 5 MB has fewer. The parser's
 * own work grows with the page, but the standard's does not: by "reconstruct the active formatting elements"
 * (§ 13.2.4.3), n unclosed `<b id=…>` come back in each of n paragraphs.
 */
const MAX_ELEMENTS = 250_000;

/**
 * Text goes to the parser at once up to here, and then in pieces of at least 1/64 of what it has had. Each piece costs
 * the parser a copy of the token that it is in, so an endless comment sent byte by byte would cost n² otherwise.
 */
const EAGER_CHARACTERS = 16_384;
const LEAST_SHARE = 1 / 64;
/** And in pieces of at most this, between which it is looked whether a tag is too long. */
const MOST_CHARACTERS = 65_536;

/** What the parser must be able to ask of a node while it is open. Who its parent and children are, nobody asks. */
interface FlatNode extends HtmlElement {
  readonly attrs: Token.Attribute[];
}

type FlatTree = TreeAdapterTypeMap<
  FlatNode,
  FlatNode,
  FlatNode,
  FlatNode,
  FlatNode,
  FlatNode,
  FlatNode,
  FlatNode,
  FlatNode,
  FlatNode
>;

export const createMarkerReader = (metaName: string): MarkerReader => {
  let found: string | undefined;
  let elements = 0;
  let gaveUp = false;
  let consumed = 0;
  let waiting = '';

  const parser = new Parser<FlatTree>({
    treeAdapter: flatTree((element, isInTemplate) => {
      elements += 1;
      if (elements > MAX_ELEMENTS) gaveUp = true;
      else if (found === undefined && !isInTemplate) found = markerContent(element, metaName);
      if (isOver()) tokenizer.pause();
    }),
  });
  const tokenizer = new MeasuredTokenizer(parser.options, parser);
  parser.tokenizer = tokenizer;
  const isOver = () => gaveUp || found !== undefined;
  const feed = () => {
    const text = waiting;
    waiting = '';
    for (let at = 0; at < text.length && !isOver(); at += MOST_CHARACTERS) {
      const piece = text.slice(at, at + MOST_CHARACTERS);
      consumed += piece.length;
      tokenizer.write(piece, false);
      if (isOver()) return;
      // A text is nothing to wait for; what has come of it is let go of.
      tokenizer.flushCharacters();
      gaveUp = tokenizer.isTagTooLong;
    }
  };

  return {
    write(chunk) {
      waiting += chunk;
      if (consumed <= EAGER_CHARACTERS || waiting.length >= consumed * LEAST_SHARE) feed();
      return found;
    },
    end() {
      feed();
      if (!isOver()) tokenizer.write('', true);
      return found;
    },
    get gaveUp() {
      return gaveUp;
    },
  };
};

/** A meta without a content attribute says nothing, so it is passed over; an empty content is an answer. */
const markerContent = (element: HtmlElement, metaName: string) =>
  isMetaNamed(element, metaName) ? attribute(element, 'content') : undefined;

/** What the two parsers' elements (this file's and parse5's own tree) have in common. */
export interface HtmlElement {
  readonly tagName: string;
  readonly namespaceURI: html.NS;
  readonly attrs: readonly Token.Attribute[];
}

export const isMetaNamed = (element: HtmlElement, metaName: string): boolean => {
  if (element.tagName !== 'meta' || element.namespaceURI !== html.NS.HTML) return false;
  const name = attribute(element, 'name');
  return name !== undefined && asciiLowerCase(name) === asciiLowerCase(metaName);
};

export const attribute = (element: HtmlElement, name: string): string | undefined =>
  element.attrs.find((attr) => attr.name === name)?.value;

/** Names of metadata are compared "ASCII case-insensitively" (§ 4.2.5): the Kelvin sign is no k. */
const asciiLowerCase = (text: string) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/**
 * A tree that is never built. Only the elements that are still open are alive, so memory does not grow with the page,
 * and the standard's moving of whole child lists (the adoption agency) costs nothing.
 */
const flatTree = (onElement: (element: FlatNode, isInTemplate: boolean) => void): TreeAdapter<FlatTree> => {
  let mode = html.DOCUMENT_MODE.NO_QUIRKS;
  const node = (tagName: string, namespaceURI: html.NS, attrs: Token.Attribute[]): FlatNode => ({
    tagName,
    namespaceURI,
    attrs,
  });
  const other = node('', html.NS.HTML, []);
  const nothing = () => {};
  const never = (_: FlatNode): _ is FlatNode => false;
  return {
    createDocument: () => other,
    createDocumentFragment: () => other,
    createElement: node,
    createCommentNode: () => other,
    createTextNode: () => other,
    onElementCreated: (element, { isInTemplate }) => onElement(element, isInTemplate),

    getTagName: (element) => element.tagName,
    getNamespaceURI: (element) => element.namespaceURI,
    getAttrList: (element) => element.attrs,
    getParentNode: () => null,
    getFirstChild: () => null,
    getChildNodes: () => [],
    getTemplateContent: () => other,
    getDocumentMode: () => mode,
    getNodeSourceCodeLocation: () => null,
    getTextNodeContent: () => '',
    getCommentNodeContent: () => '',
    getDocumentTypeNodeName: () => '',
    getDocumentTypeNodePublicId: () => '',
    getDocumentTypeNodeSystemId: () => '',
    isElementNode: never,
    isTextNode: never,
    isCommentNode: never,
    isDocumentTypeNode: never,

    appendChild: nothing,
    insertBefore: nothing,
    insertText: nothing,
    insertTextBefore: nothing,
    detachNode: nothing,
    adoptAttributes: nothing,
    setTemplateContent: nothing,
    setDocumentType: nothing,
    setDocumentMode: (_, next) => {
      mode = next;
    },
    setNodeSourceCodeLocation: nothing,
    updateNodeSourceCodeLocation: nothing,
  };
};
