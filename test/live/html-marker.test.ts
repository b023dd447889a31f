import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMarkerReader } from '../../src/live/html-marker.ts';

const MARKER = '<meta name="x-build-id" content="b-1">';

const read = (html: string, name = 'x-build-id') => {
  const reader = createMarkerReader(name);
  return reader.write(html) ?? reader.end();
};

describe('the marker is found', () => {
  test.each([
    ['in the head', `<!doctype html><html><head>${MARKER}</head>`],
    ['in the body', `<body><p>x</p>${MARKER}`],
    ['in nothing but itself', MARKER],
    ['with other quotes and letters', "<META CONTENT='b-1' NAME=X-Build-ID>"],
    ['with no quotes', '<meta name=x-build-id content=b-1>'],
    ['with character references', '<meta name="x-build&#45;id" content="b&#x2d;1">'],
    ['closed as XML', '<meta name="x-build-id" content="b-1" />'],
    ['after one without content', `<meta name="x-build-id">${MARKER}`],
    ['first of two', `${MARKER}<meta name="x-build-id" content="other">`],
    ['after a comment that ends', `<!-- <head> -->${MARKER}`],
    ['thrown out of a table', `<table>${MARKER}</table>`],
    ['thrown out of a drawing', `<svg>${MARKER}</svg>`],
    ['in an HTML island of a drawing', `<svg><foreignObject>${MARKER}`],
    ['where an unclosed paragraph stands', `<p><b>${MARKER}`],
  ])('%s', (_, html) => {
    expect(read(html)).toBe('b-1');
  });

  test('empty, which is an answer too', () => {
    expect(read('<meta name="x-build-id" content="">')).toBe('');
  });
});

describe('the marker is not taken', () => {
  test.each([
    ['from a comment', `<!-- ${MARKER} -->`],
    ['from a bogus comment', `<?php ${MARKER.replace('>', '')} ?>`],
    ['from a script', `<script>${MARKER}</script>`],
    ['from a twice escaped script', `<script><!--<script>${MARKER}</script>--></script>`],
    ['from a style', `<style>${MARKER}</style>`],
    ['from a title', `<title>${MARKER}</title>`],
    ['from a textarea', `<textarea>${MARKER}</textarea>`],
    ['from a template', `<template>${MARKER}</template>`],
    ['from a template in a template', `<template><div><template></template>${MARKER}</div></template>`],
    ['from a noscript in the head', `<head><noscript>${MARKER}</noscript></head>`],
    ['from a noscript in the body', `<body><noscript>${MARKER}</noscript>`],
    ['from an iframe', `<iframe>${MARKER}</iframe>`],
    ['from noembed', `<noembed>${MARKER}</noembed>`],
    ['from plaintext', `<plaintext>${MARKER}`],
    ['from an attribute', `<p title='${MARKER}'>`],
    ['from a srcdoc', `<iframe srcdoc='${MARKER}'></iframe>`],
    ['from CDATA', `<svg><![CDATA[${MARKER}]]></svg>`],
    ['from a tag that never ends', MARKER.slice(0, -1)],
    ['from an end tag', '</meta name="x-build-id" content="b-1">'],
    ['from text', MARKER.replace('<', '&lt;')],
    ['from another name', '<meta name="x-build-id2" content="b-1">'],
    ['from a property', '<meta property="x-build-id" content="b-1">'],
    ['from a name of which ASCII knows nothing', '<meta name="x-b\u0130uild-id" content="b-1">'],
  ])('%s', (_, html) => {
    expect(read(html)).toBeUndefined();
  });

  test('when only Unicode would call its name the same', () => {
    expect(read('<meta name="\u212A" content="b-1">', 'k')).toBeUndefined();
  });
});

test('tells the marker as soon as its tag is complete, and looks at nothing after it', () => {
  const reader = createMarkerReader('x-build-id');
  expect(reader.write(`<head>${MARKER.slice(0, -1)}`)).toBeUndefined();
  expect(reader.write('>')).toBe('b-1');
  expect(reader.write('<meta name="x-build-id" content="other">')).toBe('b-1');
  expect(reader.end()).toBe('b-1');
});

test('reads the same however the page is cut into pieces', () => {
  const page = `<!doctype html>\r\n<html><!-- ${MARKER} --><head><script>"${MARKER}"</script>\r\n<title>é😀</title>${MARKER}`;
  fc.assert(
    fc.property(fc.array(fc.nat(page.length)), (cuts) => {
      const reader = createMarkerReader('x-build-id');
      let from = 0;
      for (const cut of [...cuts.toSorted((a, b) => a - b), page.length]) {
        reader.write(page.slice(from, cut));
        from = cut;
      }
      expect(reader.end()).toBe('b-1');
    }),
  );
});

test('finds a marker behind more text than it passes on at once', () => {
  const reader = createMarkerReader('x-build-id');
  for (let i = 0; i < 20_000; i++) reader.write('<p>.</p>');
  for (const letter of MARKER) reader.write(letter);
  expect(reader.end()).toBe('b-1');
});

describe('a hostile page takes no more than a moment', () => {
  const MEGABYTE = 1 << 20;
  const fill = (text: string, length: number) => text.repeat(Math.ceil(length / text.length));
  const many = (make: (i: number) => string, length: number) => {
    const parts: string[] = [];
    for (let i = 0, size = 0; size < length; i++) {
      parts.push(make(i));
      size += parts.at(-1)?.length ?? 0;
    }
    return parts.join('');
  };
  const tags = many((i) => `<b id=${i}>`, 2 * MEGABYTE);

  test.each<[string, string]>([
    ['1 MB of nesting', fill('<div>', MEGABYTE)],
    ['1 MB of misnesting', fill('<a><b>', MEGABYTE)],
    ['5 MB of misnested blocks', fill('<b><div></b>', 5 * MEGABYTE)],
    ['5 MB of comment openings', fill('<!--', 5 * MEGABYTE)],
    ['5 MB of tables', fill('<table><b>', 5 * MEGABYTE)],
    ['5 MB of attributes', `<a ${many((i) => `a${i} `, 5 * MEGABYTE)}`],
    ['formatting that comes back in every paragraph', `<p>${tags}</p>${fill('<p>x</p>', 2 * MEGABYTE)}`],
  ])('%s', (_, page) => {
    for (const size of [65_536, 16]) {
      const reader = createMarkerReader('x-build-id');
      const before = process.threadCpuUsage();
      for (let at = 0; at < page.length; at += size) reader.write(page.slice(at, at + size));
      expect(reader.end()).toBeUndefined();
      // Its own work, whatever else the machine is busy with.
      expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(10_000);
    }
  });

  test('and it is said when reading stopped before the end', () => {
    const reader = createMarkerReader('x-build-id');
    expect(reader.gaveUp).toBe(false);
    reader.write(fill('<i></i>', 2 * MEGABYTE) + MARKER);
    expect(reader.end()).toBeUndefined();
    expect(reader.gaveUp).toBe(true);
  });

  test.each<[string, string]>([
    ['the name of an element', `<${fill('a', 5 * MEGABYTE)}`],
    ['the name of an end tag', `</${fill('a', 5 * MEGABYTE)}`],
    ['the name of an attribute', `<p ${fill('a', 5 * MEGABYTE)}`],
    ['attributes', `<p ${many((i) => `a${i} `, 5 * MEGABYTE)}`],
    ['the name of a document type', `<!doctype ${fill('a', 5 * MEGABYTE)}`],
    ['the identifiers of a document type', `<!doctype a public "${fill('a', 5 * MEGABYTE)}`],
  ])('one that begins %s without an end is given up soon', (_, page) => {
    for (const size of [page.length, 65_536, 4096]) {
      const reader = createMarkerReader('x-build-id');
      let at = 0;
      for (; at < page.length && !reader.gaveUp; at += size) reader.write(page.slice(at, at + size));
      expect(reader.gaveUp).toBe(true);
      expect(at).toBeLessThan(Math.max(size + 1, MEGABYTE / 2));
    }
  });

  test.each<[string, string]>([
    ['a script', `<script>${fill('x = 1; ', 4 * MEGABYTE)}</script>`],
    ['a picture in an attribute', `<img src="data:image/png;base64,${fill('iVBORw0KGgo', 4 * MEGABYTE)}">`],
    ['a comment', `<!--${fill('- ', 4 * MEGABYTE)}-->`],
    ['a text', fill('lorem ipsum ', 4 * MEGABYTE)],
    ['a thousand attributes', `<p ${many((i) => `data-${i}=x `, 12 * 1024)}>`],
  ])('but %s of an honest page may be long', (_, before) => {
    for (const size of [before.length + MARKER.length, 65_536]) {
      const page = before + MARKER;
      const reader = createMarkerReader('x-build-id');
      for (let at = 0; at < page.length; at += size) reader.write(page.slice(at, at + size));
      expect([reader.end(), reader.gaveUp]).toEqual(['b-1', false]);
    }
  });
});
