import { array, assert, asyncProperty, constantFrom, integer, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWhere, readMarker } from '../../src/live/marker.ts';
import { UnreadableBody } from '../../src/ports/decode.ts';

const ID = 'build-1-abc';

async function* chunksOf(...pieces: readonly (string | Uint8Array)[]) {
  for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

/** The id in an answer, by the name of the place where it is to be looked for. */
function read(
  place: string,
  body: string | Uint8Array | readonly string[],
  headers: Readonly<Record<string, string>> = {},
) {
  const where = parseWhere(place);
  if (!where) throw new Error(`no place: ${place}`);
  const chunks = Array.isArray(body) ? chunksOf(...body) : chunksOf(body as string | Uint8Array);
  return readMarker({ header: (name) => headers[name], chunks }, where, ID);
}

describe('the places', () => {
  it('are read by their names, and nothing else is', () => {
    expect(parseWhere('auto')).toEqual({ kind: 'auto', meta: 'x-build-id' });
    expect(parseWhere('text')).toEqual({ kind: 'text' });
    expect(parseWhere('contains')).toEqual({ kind: 'contains' });
    expect(parseWhere('meta:app:version')).toEqual({ kind: 'meta', name: 'app:version' });
    expect(parseWhere('header:X-Build')).toEqual({ kind: 'header', name: 'X-Build' });
    expect(parseWhere("json:$['a b']")).toEqual({ kind: 'json', path: "$['a b']" });
    for (const text of [
      '',
      'Auto',
      'meta',
      'meta:',
      'meta: a',
      'meta:a b',
      'header:a"b',
      'json:',
      'xpath:/a',
      'text:x',
    ]) {
      expect(parseWhere(text), text).toBeUndefined();
    }
  });
});

describe('text', () => {
  const table: readonly (readonly [string, string | Uint8Array | readonly string[], string | undefined])[] = [
    ['the id', ID, ID],
    ['blanks around it', `\r\n  ${ID}\t\n`, ID],
    ['a byte order mark before it', `\ufeff${ID}\n`, ID],
    ['pieces of it', [...ID], ID],
    ['another id', 'build-1-abcd', 'build-1-abcd'],
    ['two words', `${ID} ${ID}`, undefined],
    ['nothing', '', undefined],
    ['blanks alone', ' '.repeat(10_000), undefined],
    ['a text of pages', `${ID}${' x'.repeat(3000)}`, undefined],
    ['UTF-16', Buffer.from(`\ufeff${ID}`, 'utf16le'), undefined],
    ['HTML', `<p>${ID}</p>`, undefined],
  ];
  it.each(table)('%s', async (_, body, expected) => {
    expect(await read('text', body)).toBe(expected);
  });

  it('stops reading when it can be no id any more', async () => {
    let given = 0;
    async function* long() {
      while (given < 1000) {
        given += 1;
        yield Buffer.from('word '.repeat(100));
      }
    }
    expect(
      await readMarker({ header: () => undefined, chunks: long() }, { kind: 'text' }, ID),
    ).toBeUndefined();
    expect(given).toBeLessThan(20);
  });
});

describe('auto', () => {
  const page = (id: string) =>
    `<!doctype html><html><head><meta name="x-build-id" content="${id}"></head></html>`;
  const table: readonly (readonly [string, string | undefined, string, string | undefined])[] = [
    ['HTML by its meta tag', 'text/html; charset=utf-8', page(ID), ID],
    ['XHTML by its meta tag', 'Application/XHTML+xml', page(ID), ID],
    ['plain text as a whole', 'text/plain', ID, ID],
    ['anything without a type as a whole', undefined, ID, ID],
    ['JSON as a whole, which is no id', 'application/json', `{"id":"${ID}"}`, undefined],
    ['not a page that calls itself plain text', 'text/plain', page(ID), undefined],
    ['not a type that only begins alike', 'text/html-fragment', page(ID), undefined],
    ['no id in the text of a page', 'text/html', `<p>${ID}</p>`, undefined],
    ['no placeholder that was never replaced', 'text/html', page('{{build-id}}'), undefined],
    ['no empty marker', 'text/html', page(''), undefined],
  ];
  it.each(table)('reads %s', async (_, type, body, expected) => {
    expect(await read('auto', body, type === undefined ? {} : { 'content-type': type })).toBe(expected);
  });

  it('finds the meta tag in UTF-8 and in Latin-1, and by another name', async () => {
    const body = `<title>café</title><meta name=version content=${ID}>`;
    for (const encoding of ['utf8', 'latin1'] as const) {
      expect(await read('meta:version', Buffer.from(body, encoding))).toBe(ID);
    }
    expect(await read('meta:x-build-id', body)).toBeUndefined();
  });

  it('gives a page up that asks for more work than an honest one', async () => {
    const bomb = '<i></i>'.repeat(260_000);
    await expect(read('auto', bomb, { 'content-type': 'text/html' })).rejects.toThrow(UnreadableBody);
    await expect(read('auto', [bomb, page(ID)], { 'content-type': 'text/html' })).rejects.toThrow('elements');
    // The last small piece is parsed only at the end.
    const late = ['<i></i>'.repeat(249_990), '<i></i>'.repeat(20)];
    await expect(read('auto', late, { 'content-type': 'text/html' })).rejects.toThrow('elements');
  });
});

describe('header', () => {
  it('is read by its name, whole', async () => {
    expect(await read('header:x-build', '', { 'x-build': ` ${ID} ` })).toBe(ID);
    expect(await read('header:x-build', '', { 'x-build': `${ID}, ${ID}` })).toBeUndefined();
    expect(await read('header:x-build', ID)).toBeUndefined();
  });
});

describe('json', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}{"id":"${ID}"}${']'.repeat(levels)}`;
  const table: readonly (readonly [string, string, string | readonly string[], string | undefined])[] = [
    ['a path', '$.build.id', `{"build":{"id":"${ID}"}}`, ID],
    ['an index', '$[1]', `["x","${ID}"]`, ID],
    ['the first of several', '$..id', `{"a":{"id":"${ID}"},"b":{"id":"other"}}`, ID],
    ['a byte order mark', '$.id', `\ufeff{"id":"${ID}"}`, ID],
    ['pieces', '$.id', [...`{"é":1,"id":"${ID}"}`], ID],
    ['a whole number', '$.id', '{"id":42}', '42'],
    ['a number that loses digits', '$.id', '{"id":12345678901234567890}', undefined],
    ['a fraction, which may be written in several ways', '$.id', '{"id":1.10}', undefined],
    ['another type', '$.id', '{"id":{"x":1}}', undefined],
    ['null', '$.id', '{"id":null}', undefined],
    ['a path that leads nowhere', '$.build', '{"id":1}', undefined],
    ['no inherited member', '$.constructor.name', '{}', undefined],
    ['half a document', '$.id', `{"id":"${ID}"`, undefined],
    ['a page', '$.id', '<html>', undefined],
  ];
  it.each(table)('%s', async (_, path, body, expected) => {
    expect(await read(`json:${path}`, body)).toBe(expected);
  });

  it('is read at any honest depth, and given up beyond', async () => {
    expect(await read('json:$..id', deep(40))).toBe(ID);
    for (const levels of [64, 10_000, 1_000_000]) {
      await expect(read('json:$..id', deep(levels)), String(levels)).rejects.toThrow(UnreadableBody);
    }
  });
});

describe('contains', () => {
  /** What the place means, without streams. */
  const naive = (text: string, id: string): boolean =>
    new RegExp(`(?<![A-Za-z0-9._-])${id.replaceAll('.', '\\.')}(?![A-Za-z0-9._-])`).test(text);

  it.each([
    [`x ${ID} y`, true],
    [ID, true],
    [`"${ID}"`, true],
    [`é${ID}é`, true],
    [`${ID}d`, false],
    [`.${ID}`, false],
    [`${ID}-`, false],
    [`${ID}d ${ID}`, true],
    ['build-1-ab', false],
    ['', false],
  ])('%j is %s', async (text, expected) => {
    expect(await read('contains', text)).toBe(expected ? ID : undefined);
  });

  it('finds the same in pieces as in one', async () => {
    const words = constantFrom('ab', 'a', 'b', '.', 'abab', 'ab.ab', ' ', '-', 'é', 'ab ', ' ab.ab ');
    await assert(
      asyncProperty(
        array(words, { maxLength: 12 }),
        array(integer({ min: 0, max: 30 }), { maxLength: 12 }),
        constantFrom('ab', 'ab.ab', 'a', 'abab'),
        async (pieces, cuts, id) => {
          const text = pieces.join('');
          const bytes = Buffer.from(text);
          const at = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
          const chunks = chunksOf(...at.slice(1).map((end, index) => bytes.subarray(at[index], end)));
          const found = await readMarker({ header: () => undefined, chunks }, { kind: 'contains' }, id);
          expect(found).toBe(naive(text, id) ? id : undefined);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('finds the id byte by byte between any two texts', async () => {
    await assert(
      asyncProperty(string(), string(), async (before, after) => {
        const text = `${before}${ID}${after}`;
        const chunks = chunksOf(...[...Buffer.from(text)].map((byte) => Buffer.of(byte)));
        const found = await readMarker({ header: () => undefined, chunks }, { kind: 'contains' }, ID);
        expect(found).toBe(naive(text, ID) ? ID : undefined);
      }),
    );
  });
});
