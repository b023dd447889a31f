import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, test } from 'vitest';
import { createMarkerReader } from '../../src/live/html-marker.ts';
import { stampHtml } from '../../src/live/stamp-html.ts';

const NAME = 'x-build-id';
const ID = 'build-1-abc';
const META = `<meta name="${NAME}" content="${ID}">`;
const OTHER = META.replace(ID, 'other');
const BOM = '\xef\xbb\xbf';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const stamp = (text: string, id = ID) =>
  Buffer.from(stampHtml(bytesOf(text), NAME, id).bytes).toString('latin1');

/** What a browser would find: the contents of the markers in document.head. */
const idsInHead = (text: string): (string | undefined)[] => {
  const document = parse(text.startsWith(BOM) ? text.slice(BOM.length) : text);
  const isElement = (node: DefaultTreeAdapterTypes.Node) => 'tagName' in node;
  const root = document.childNodes.find(isElement);
  const head = root?.childNodes.filter(isElement).find(({ tagName }) => tagName === 'head');
  return (head?.childNodes ?? [])
    .filter(isElement)
    .map(({ attrs }) => new Map(attrs.map(({ name, value }) => [name, value])))
    .filter((attrs) => attrs.get('name')?.toLowerCase() === NAME)
    .map((attrs) => attrs.get('content'));
};

describe('a page without a marker gets one, at the place marked §', () => {
  test.each([
    ['behind the head tag', '<!doctype html><html><head>§<title>x</title></head><body></body></html>'],
    ['behind a head tag with attributes', '<head data-a=">" lang=en>§<title>x'],
    ['behind a head tag in capitals', '<!DOCTYPE HTML><HTML><HEAD>§</HEAD>'],
    ['behind a head tag over several lines', '<html>\r\n<head\r\n  prefix="og: x"\r\n>§\r\n'],
    ['behind a head tag closed as XML', '<head />§<title>x</title>'],
    ['behind the html tag, without a head tag', '<!doctype html>\n<html lang="en">§\n<body>x'],
    ['behind the html tag of a frameset', '<html>§<frameset cols="*,*"></frameset></html>'],
    ['behind the doctype, without both', '<!doctype html>§\n<title>x</title><p>y'],
    ['behind a doctype after a comment', '<!-- a --><!doctype html>§<p>'],
    ['behind a doctype after an XML declaration', '<?xml version="1.0"?>\n<!DOCTYPE html>§<p>'],
    ['first in a fragment', '§<p>x</p>'],
    ['first in a text', '§x'],
    ['first before a comment', '§<!-- <head> --><p>x'],
    ['first in an empty file', '§'],
    ['first in a frameset', '§<frameset></frameset>'],
    ['first when the head is only implied', '§<meta charset=utf-8><title>x</title>'],
    ['first when the head tag comes too late', '§<p>x<head><title>y'],
    ['first before a doctype that does not end', '§<!doctype html'],
    ['behind a byte order mark', `${BOM}§<p>x`],
    ['behind the head tag after a byte order mark', `${BOM}<!doctype html><head>§`],
    ['behind the real head, not one in a comment', '<!-- <head> --><html><head>§<!-- <head> -->'],
    ['behind the real head, not one in a script', '<html><head>§<script>"<head>"</script>'],
    ['behind the real head, not one in an attribute', '<html data-x="<head>"><head>§'],
    ['behind the html tag, with a head only in a script', '<html>§<script>"<head>"</script>'],
    ['behind the html tag, with a head only in a template', '<html>§<template><head></template>'],
    ['behind the html tag, with a header', '<html>§<header>x</header>'],
    ['behind the html tag, before a head tag that does not end', '<html>§<head'],
    ['behind the head of a page that breaks off', '<html><head>§<title>x'],
    ['apart from a marker in a comment', `<head>§<!-- ${OTHER} -->`],
    ['apart from a marker in a script', `<head>§<script>'${OTHER}'</script>`],
    ['apart from a marker in a template', `<head>§<template>${OTHER}</template>`],
    ['apart from a marker in a noscript', `<head>§<noscript>${OTHER}</noscript>`],
    ['apart from a marker in the text of a page', `<head>§</head><textarea>${OTHER}</textarea>`],
    ['apart from another meta', '<head>§<meta name="x-build-id2" content="a">'],
    ['with bytes that are no UTF-8', '<head>§<title>\xff\xfe\x80\0</title>'],
  ])('%s', (_, marked) => {
    const [before = '', after = ''] = marked.split('§');
    const stamped = stamp(before + after);
    expect(stamped).toBe(before + META + after);
    expect(idsInHead(stamped)).toEqual([ID]);
    expect(stamp(stamped)).toBe(stamped);
  });

  test('closed as XML where the page is XHTML', () => {
    expect(stamp('<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head></html>')).toBe(
      `<html xmlns="http://www.w3.org/1999/xhtml"><head><meta name="${NAME}" content="${ID}" /><title/></head></html>`,
    );
  });
});

describe('the encoding declaration stays within the first 1024 bytes', () => {
  const page = (declaration: string, end: number, bom = '') => {
    const start = `${bom}<!doctype html><html><head><!--`;
    return `${start}${'x'.repeat(end - start.length - declaration.length - 3)}-->${declaration}<title>x</title>`;
  };
  const room = META.length - ID.length + 128;

  test.each([
    ['<meta charset="utf-8">', ''],
    ["<META http-equiv='Content-Type' content='text/html; charset=utf-8'>", ''],
    ['<meta charset="utf-8">', BOM],
  ])('%s', (declaration, bom) => {
    for (const end of [1024 - room + 1, 1023, 1024]) {
      const stamped = stamp(page(declaration, end, bom));
      expect(stamped).toContain(`${declaration}${META}<title>`);
      expect(stamped.indexOf(declaration) + declaration.length).toBe(end);
      expect(idsInHead(stamped)).toEqual([ID]);
    }
    expect(stamp(page(declaration, 1024 - room, bom))).toContain(`<head>${META}<!--x`);
    expect(stamp(page(declaration, 1025, bom))).toContain(`<head>${META}<!--x`);
  });

  test('whatever id comes later', () => {
    const stamped = stamp(page('<meta charset="utf-8">', 1024 - room), 'a');
    const longest = stamp(stamped, 'b'.repeat(128));
    expect(longest.indexOf('<title>')).toBe(1024);
  });
});

describe('a page with a marker gets the new id in it', () => {
  test.each([
    ['double quotes', '<head><meta name="x-build-id" content="§">', 'old'],
    ['single quotes', "<head><meta content='§' name='x-build-id'>", 'o"l"d'],
    ['no quotes', '<head><meta content=§ name=x-build-id>', 'old'],
    ['capitals', '<HEAD><META NAME="X-BUILD-ID" CONTENT="§">', 'old'],
    ['other attributes', '<head><meta data-a="content=x" name=x-build-id id=i content = "§" data-b>', 'old'],
    ['an empty content', '<head><meta name="x-build-id" content="">'.replace('""', '"§"'), ''],
    ['line ends', '<head><meta\r\n name="x-build-id"\r\n content\r\n=\r\n"§"\r\n/>', 'o\r\nld'],
    ['a character reference', '<head><meta name="x-build&#45;id" content="§">', 'a&amp;b'],
    ['a slash for a value', '<head><meta name="x-build-id" content=§>', 'old/'],
    [
      'two of them',
      '<head><meta name="x-build-id" content="§"></head><meta name="x-build-id" content="§">',
      'o',
    ],
    [
      'a second content, which does not count',
      '<head><meta name="x-build-id" content="§" content="x">',
      'old',
    ],
    ['an encoding declaration', '<head><meta charset=utf-8><meta name="x-build-id" content="§">', 'old'],
  ])('%s', (_, marked, old) => {
    const stamped = stamp(marked.replaceAll('§', old));
    expect(stamped).toBe(marked.replaceAll('§', ID));
    expect(idsInHead(stamped)).toContain(ID);
    expect(stampHtml(bytesOf(stamped), NAME, ID).changed).toBe(false);
    expect(stamp(stamped, 'build-2')).toBe(marked.replaceAll('§', 'build-2'));
  });

  test.each([
    ['<head><meta name="x-build-id">', '<head><meta name="x-build-id" content="ID">'],
    ['<head><meta name=x-build-id id=i>', '<head><meta name=x-build-id content="ID" id=i>'],
    ['<head><meta name="x-build-id"/>', '<head><meta name="x-build-id" content="ID"/>'],
    ['<head><meta content name="x-build-id">', '<head><meta content="ID" name="x-build-id">'],
    ['<head><meta name="x-build-id" content>', '<head><meta name="x-build-id" content="ID">'],
    ['<head><meta name="x-build-id" content=>', '<head><meta name="x-build-id" content="ID">'],
    ['<head><meta name="x-build-id" content = >', '<head><meta name="x-build-id" content = "ID">'],
  ])('%s', (before, after) => {
    expect(stamp(before)).toBe(after.replace('ID', ID));
    expect(stamp(after.replace('ID', ID))).toBe(after.replace('ID', ID));
  });

  test('and one in the head when it only has one in the body', () => {
    const stamped = stamp('<head></head><body><meta name="x-build-id" content="old">');
    expect(stamped).toBe(`<head>${META}</head><body>${META}`);
  });
});

describe('an encoding in which ASCII bytes are no ASCII characters is refused', () => {
  test.each([
    ['UTF-16 LE with its mark', Buffer.from('\ufeff<head>', 'utf16le')],
    ['UTF-16 BE with its mark', Buffer.from('\ufeff<head>', 'utf16le').swap16()],
    ['UTF-16 LE', Buffer.from('<head>', 'utf16le')],
    ['UTF-16 BE', Buffer.from('<head>', 'utf16le').swap16()],
    ['ISO-2022-JP', bytesOf('<head><meta charset="ISO-2022-JP">')],
  ])('%s', (_, bytes) => {
    const error = expect.objectContaining({ code: 'stamp-encoding', outcome: 'invalid' });
    expect(() => stampHtml(bytes, NAME, ID)).toThrow(error);
    expect(() => stampHtml(bytes, NAME, ID)).toThrow(/save it as UTF-8/);
  });
});

test('a page nested a hundred thousand deep is stamped too', () => {
  expect(stamp(`<head></head>${'<div>'.repeat(100_000)}`)).toContain(`<head>${META}</head>`);
});

describe('whatever the page', () => {
  // Authors write their markers in other letters or quotes than ours, so that what was put in can be taken out.
  const pieces = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...nastyPieces()) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 8 }) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    },
  );
  const pages = fc
    .tuple(fc.constantFrom('', '', BOM), fc.array(pieces, { maxLength: 24, size: 'max' }))
    .map(([bom, parts]) => bom + parts.join(''))
    .filter((page) => !/^(?:\xff\xfe|\xfe\xff)/.test(page) && !page.slice(0, 4).includes('\0'));

  const runs = { numRuns: 5000 };

  test('the id stands in the head, and in every marker that a reader can meet', () => {
    fc.assert(
      fc.property(pages, (page) => {
        const stamped = stamp(page);
        const ids = idsInHead(stamped);
        expect(ids.length).toBeGreaterThan(0);
        expect(new Set(ids)).toEqual(new Set([ID]));
        const reader = createMarkerReader(NAME);
        expect(reader.write(stamped) ?? reader.end()).toBe(ID);
      }),
      runs,
    );
  });

  test('every other byte stays', () => {
    const undo = (stamped: string) =>
      stamped
        .replace(META, '')
        .replace(META.replace('>', ' />'), '')
        .replaceAll(` content="${ID}"`, '')
        .replaceAll(ID, 'OLD');
    fc.assert(
      fc.property(pages, (page) => {
        expect(undo(stamp(page))).toBe(page);
      }),
      runs,
    );
  });

  test('stamping twice is stamping once, and another id changes nothing but the id', () => {
    fc.assert(
      fc.property(pages, (page) => {
        const once = stamp(page);
        expect(stampHtml(bytesOf(once), NAME, ID).changed).toBe(false);
        const other = stamp(once, 'build-22-longer');
        expect(other).toBe(once.replaceAll(ID, 'build-22-longer'));
        expect(stamp(other)).toBe(once);
      }),
      runs,
    );
  });
});

function nastyPieces(): string[] {
  return [
    ...[
      '<!doctype html>',
      '<!DOCTYPE html SYSTEM "a>b">',
      '<!doctype',
      '<?xml version="1.0"?>',
      '<!-- <head> -->',
      '<!--',
      '-->',
    ],
    ...[
      '<html>',
      '<HTML lang="en">',
      '<html xmlns="http://www.w3.org/1999/xhtml">',
      '</html>',
      '<html',
      '<html a=">',
    ],
    ...[
      '<head>',
      '<HEAD id=h>',
      '<head/>',
      '<head data-x="<head>">',
      '</head>',
      '<head',
      '<header>',
      '<head a=',
    ],
    ...[
      '<body>',
      '</body>',
      '<frameset>',
      '</frameset>',
      '<frame>',
      '<noframes>',
      '</noframes>',
      '<form>',
      '</form>',
    ],
    ...['<meta charset=utf-8>', '<meta name=viewport content="width=1">', '<meta', "<meta data-x='"],
    ...[
      "<meta name='x-build-id' content='OLD'>",
      '<META CONTENT="OLD" NAME=X-Build-ID />',
      '<meta name=x-build-id content=OLD>',
    ],
    ...[
      '<title>',
      '</title>',
      '<script>',
      '</script>',
      '<script>"<head>"</script>',
      '<style>',
      '</style>',
      '<!--<script>',
    ],
    ...[
      '<template>',
      '</template>',
      '<noscript>',
      '</noscript>',
      '<textarea>',
      '</textarea>',
      '<plaintext>',
      '<iframe>',
    ],
    ...[
      '<table>',
      '<tr>',
      '<td>',
      '</table>',
      '<caption>',
      '<colgroup>',
      '<select>',
      '<option>',
      '</select>',
    ],
    ...[
      '<svg>',
      '<title>',
      '<foreignObject>',
      '</svg>',
      '<math>',
      '<annotation-xml encoding="text/html">',
      '<![CDATA[',
      ']]>',
    ],
    ...[
      '<p>',
      '</p>',
      '</br>',
      '<a>',
      '<b>',
      '</a>',
      '</b>',
      '<div>',
      '</div>',
      '<li>',
      '<button>',
      '<object>',
      '</object>',
    ],
    ...[
      '\r\n',
      '\n',
      '\r',
      ' ',
      '\t',
      '\f',
      '\0',
      '\x80',
      '\xa0',
      '\xc3\xa9',
      '\xf0\x9f\x98\x80',
      '&amp;',
      '&lt',
      '&',
      '<',
      '>',
      '"',
      "'",
      '=',
      '/',
      'x',
    ],
  ];
}
