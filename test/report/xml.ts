/** An element that was read. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Reads a document strictly: characters of XML 1.0, known entities, quoted attributes, closed elements. Throws else. */
export function parseXml(document: string): Element {
  const [bad] = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(document) ?? [];
  if (bad !== undefined) throw new Error(`no XML character: ${JSON.stringify(bad)}`);
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const token =
    /<\?xml [^?]*\?>|<\/([a-z-]+)>|<([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|((?:[^<&]|&[a-z]+;)+)/gy;
  while (token.lastIndex < document.length) {
    const at = token.lastIndex;
    const [whole, closed, opened, attributes, empty, text] = token.exec(document) ?? [];
    if (whole === undefined) throw new Error(`not well-formed at ${at}: ${document.slice(at, at + 60)}`);
    const current = open.at(-1) ?? root;
    if (text !== undefined) current.text += decode(text);
    if (closed !== undefined) {
      if (current.name !== closed) throw new Error(`</${closed}> closes <${current.name}>`);
      open.pop();
    }
    if (opened !== undefined) {
      const pairs = [...(attributes ?? '').matchAll(/([a-z]+)="([^"]*)"/g)];
      const element = {
        ...{ name: opened, children: [], text: '' },
        attributes: Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, decode(value)])),
      };
      current.children.push(element);
      if (empty === '') open.push(element);
    }
  }
  const [only, ...rest] = root.children;
  if (open.length !== 1 || !only || rest.length > 0) throw new Error('not one closed element');
  return only;
}

const decode = (text: string): string =>
  text.replace(/&([^;]*);?/g, (entity, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined) throw new Error(`unknown entity ${entity}`);
    return character;
  });
