/** What a property list can hold, as far as launchd's need it. */
export type PlistValue = string | number | boolean | PlistValue[] | { [key: string]: PlistValue };

/** Reads a property list in XML. Throws where a tag is not closed, not known, or has text where none belongs. */
export function parsePlist(text: string): PlistValue {
  const bare = text
    .replace(/^<\?xml[^>]*\?>/, '')
    .replace(/<!DOCTYPE[^>]*>/, '')
    .replaceAll(/<!--.*?-->/gs, '');
  const tokens = [...bare.matchAll(/<(\/?)([a-z]+)(?: [^>]*?)?(\/?)>|([^<]+)/g)];
  if (tokens.map(([all]) => all).join('') !== bare) throw new Error('this is no XML');
  let at = 0;
  const skipSpace = (): void => {
    while (tokens[at]?.[4]?.trim() === '') at += 1;
  };
  const expectTag = (wanted?: string): string => {
    skipSpace();
    const [all = 'the end', close = '', name = ''] = tokens[at] ?? [];
    const found = `${close}${name}`;
    if (name === '' || (wanted !== undefined && found !== wanted)) throw new Error(`${all}, not <${wanted}>`);
    at += 1;
    return found;
  };
  const isNext = (name: string): boolean => {
    skipSpace();
    return `${tokens[at]?.[1]}${tokens[at]?.[2]}` === name;
  };
  const textUntil = (name: string): string => {
    const content = tokens[at]?.[4] ?? '';
    if (content !== '') at += 1;
    expectTag(`/${name}`);
    return content.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  };
  const value = (): PlistValue => {
    const name = expectTag();
    if (name === 'true' || name === 'false') return name === 'true';
    if (name === 'string') return textUntil(name);
    if (name === 'integer') return Number.parseInt(textUntil(name), 10);
    const items: PlistValue[] = [];
    const map: Record<string, PlistValue> = {};
    if (name !== 'array' && name !== 'dict') throw new Error(`<${name}> is not known`);
    while (!isNext(`/${name}`)) {
      if (name === 'array') items.push(value());
      else {
        expectTag('key');
        const key = textUntil('key');
        map[key] = value();
      }
    }
    expectTag(`/${name}`);
    return name === 'array' ? items : map;
  };
  expectTag('plist');
  const found = value();
  expectTag('/plist');
  return found;
}
