import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cachedCopy, cacheStatus, narrow, retryAfterMs } from '../../src/live/freshness.ts';
import { createMarkerReader } from '../../src/live/html-marker.ts';
import { parseWhere, readMarker } from '../../src/live/marker.ts';
import { nextLookAt } from '../../src/live/schedule.ts';
import { stampHtml } from '../../src/live/stamp-html.ts';
import { UnreadableBody } from '../../src/ports/decode.ts';
import { parseJsonText } from '../../src/smoke/json-text.ts';
import { canonicalJson } from '../../src/smoke/mcp/fingerprint.ts';
import { createGauge } from '../../src/smoke/mcp/gauge.ts';
import { headerFault } from '../../src/smoke/mcp/header-params.ts';
import { createLines } from '../../src/smoke/mcp/lines.ts';
import { parseLock } from '../../src/smoke/mcp/lock.ts';
import { diffShapes, shapeOf } from '../../src/smoke/mcp/shape.ts';
import { McpTrouble } from '../../src/smoke/mcp/trouble.ts';
import { anyJson, broken, coded, expectLinear, fuzzing, wordsOf } from './fuzz.ts';

const fuzz = fuzzing('pages, headers, events and JSON-RPC');
const ID = 'build-1-abc';

const PAGES = [
  `<!doctype html><html><head><meta charset=utf-8><meta name="x-build-id" content="${ID}"><title>t</title></head><body></body></html>`,
  `<html xmlns="a"><head><meta name=x-build-id content='old' /></head><p>x</html>`,
  '<frameset><meta name=x-build-id content><noframes></frameset>',
];
const TAGS =
  '<meta name=x-build-id content=b1>,<meta name="x-build-id",content,=,",\',>,</,<!--,-->,<script>,</script>,<template>,</template>,<table>,<svg>,<![CDATA[,]]>,<p>,<b>,</p>,<head>,<body>,<frameset>,<plaintext>,&amp;,&#0;,\0,<select>,<math>,<textarea>,<?xml'.split(
    ',',
  );
const pages = fc.oneof(broken(...PAGES), wordsOf(...TAGS));

describe('a page that is anything', () => {
  fuzz(
    'has the same marker, or none, however it is cut into pieces',
    fc.tuple(pages, fc.array(fc.nat(40))),
    ([page, cuts]) => {
      const whole = createMarkerReader('x-build-id');
      const once = whole.write(page) ?? whole.end();
      const inPieces = createMarkerReader('x-build-id');
      let at = 0;
      for (const cut of cuts) {
        inPieces.write(page.slice(at, at + cut));
        at += cut;
      }
      inPieces.write(page.slice(at));
      expect(inPieces.end()).toBe(once);
    },
  );

  fuzz('is stamped so that stamping it again changes nothing', pages, async (page) => {
    const stamp = (bytes: Uint8Array) => stampHtml(bytes, 'x-build-id', ID);
    const stamped = await coded(() => stamp(Buffer.from(page)));
    if (stamped instanceof Error) return;
    expect(stamp(stamped.bytes).changed).toBe(false);
  });

  fuzz(
    'is read for any kind of marker',
    fc.tuple(
      pages,
      fc.oneof(
        broken('meta:a', 'header:b', 'json:$.a', 'auto', 'contains', 'text'),
        wordsOf('json:', '$', '..', '*', '[?', ']', "'a'", '(', ')', '@', '==', '1'),
      ),
    ),
    async ([page, text]) => {
      const where = parseWhere(text);
      if (!where) return;
      const answer = {
        header: (name: string) => (name === 'content-type' ? 'text/html' : page.slice(0, 40)),
        chunks: (async function* () {
          yield Buffer.from(where.kind === 'json' ? '{"a":[1,{"b":"c"}]}' : page);
        })(),
      };
      // A path is tried out before it is used; here it may be any.
      if (where.kind === 'json') return void (await readMarker(answer, where, ID).catch(nameOfPathError));
      await readMarker(answer, where, ID);
    },
  );

  it.each(['<div>', '<p><b id=1>', '<a>', '</p>', '<!--', '<table>', '<svg><p>', '&amp', '<a ', "<x a='"])(
    'takes no more than in relation to its size: %s again and again',
    async (tag) => {
      await expectLinear(16_000, (size) => {
        const reader = createMarkerReader('x-build-id');
        reader.write(tag.repeat(size / tag.length));
        reader.end();
      });
    },
  );
});

const nameOfPathError = (error: unknown) => {
  if (!(error instanceof UnreadableBody) && !/^JSONPath/.test((error as Error).name)) throw error;
};

describe('header fields that are anything', () => {
  const field = fc.option(
    fc.oneof(
      broken(
        'max-age=60, s-maxage="3", no-store',
        'Sun, 06 Nov 1994 08:49:37 GMT',
        '120',
        'HIT, MISS',
        'ExampleCache; hit; ttl=30, b; fwd=stale',
      ),
      wordsOf(
        'max-age',
        's-maxage',
        '=',
        '"',
        ',',
        ';',
        '-1',
        '9'.repeat(400),
        'no-store',
        'hit',
        'fwd',
        '1e9',
        ' ',
      ),
    ),
    { nil: undefined },
  );
  const moments = fc.tuple(fc.nat(4_102_444_800_000), fc.nat(60_000));

  fuzz(
    'give a copy whose times are numbers in their order, and a next look that is not in the past',
    fc.tuple(
      fc.array(field, { minLength: 9, maxLength: 9 }),
      moments,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
    ),
    ([fields, [requestedAtMs, tookMs], random]) => {
      const names = [
        'cache-control',
        'cdn-cache-control',
        'age',
        'date',
        'expires',
        'last-modified',
        'cache-status',
        'x-cache',
        'retry-after',
      ];
      const header = (name: string) => fields[names.indexOf(name)];
      const answeredAtMs = requestedAtMs + tookMs;
      const copy = cachedCopy({ header, requestedAtMs, answeredAtMs });
      cacheStatus(header);
      const waitMs = retryAfterMs(header('retry-after'), answeredAtMs);
      expect(waitMs === undefined || (Number.isFinite(waitMs) && waitMs >= 0)).toBe(true);
      if (!copy) return;
      expect([copy.expiresFromMs, copy.expiresUntilMs, copy.lifetimeMs].every(Number.isFinite)).toBe(true);
      expect(copy.expiresFromMs).toBeLessThanOrEqual(copy.expiresUntilMs);
      expect(copy.lifetimeMs).toBeGreaterThan(0);
      const again = narrow(copy, copy);
      expect(again.expiresFromMs).toBeLessThanOrEqual(again.expiresUntilMs);
      const lastLookAtMs = answeredAtMs + 60_000;
      const next = nextLookAt({
        startedAtMs: requestedAtMs,
        nowMs: answeredAtMs,
        lastLookAtMs,
        expiries: [copy],
        random,
      });
      if (next === undefined) throw new Error('there was time for one more look');
      expect(next).toBeGreaterThan(answeredAtMs);
      expect(next).toBeLessThanOrEqual(lastLookAtMs);
    },
    { sampled: 300 },
  );

  it.each(['max-age=', 'a,', 'a =', '";', '"', 'hit ', ';fwd='])(
    'take no more than in relation to their size: %j',
    async (word) => {
      await expectLinear(20_000, (size) => {
        const header = () => word.repeat(size / word.length);
        cachedCopy({ header, requestedAtMs: 0, answeredAtMs: 0 });
        cacheStatus(header);
      });
    },
  );
});

describe('what an MCP server may write', () => {
  const pieces = fc.array(
    fc.oneof(
      wordsOf(
        'data: ',
        'id: 1',
        'event: x',
        '\n',
        '\r\n',
        '\n\n',
        '{"jsonrpc":"2.0"',
        '[',
        ']',
        '{',
        '}',
        '"',
        '\\',
        ':',
      ),
      fc.string({ unit: 'binary' }),
    ),
    { maxLength: 8 },
  );

  fuzz(
    'is measured alike however it is cut into pieces',
    fc.tuple(fc.constantFrom('json' as const, 'events' as const), pieces),
    ([kind, texts]) => {
      const [whole, inPieces] = [createGauge(kind, 3), createGauge(kind, 3)];
      const bytes = Buffer.from(texts.join(''));
      whole.push(bytes);
      for (const byte of bytes) inPieces.push(Uint8Array.of(byte));
      expect([inPieces.tooDeep(), inPieces.resumable()]).toEqual([whole.tooDeep(), whole.resumable()]);
    },
  );

  fuzz('comes as lines within their bounds, or is a named trouble', pieces, (texts) => {
    const lines = createLines(400);
    try {
      for (const text of texts) for (const line of lines.push(Buffer.from(text))) parseJsonText(line);
    } catch (error) {
      if (!(error instanceof McpTrouble)) throw error;
    }
  });

  fuzz('is a schema of any shape', anyJson, (text) => {
    const reading = parseJsonText(text);
    if (reading.kind !== 'json') return;
    headerFault(reading.value);
    const shape = shapeOf(reading.value);
    expect(diffShapes(shape, shapeOf(JSON.parse(canonicalJson(reading.value))))).toEqual([]);
    parseLock(`{"schemaVersion":1,"tools":{"a":{"inputSchema":"sha256:${'0'.repeat(64)}","shape":${text}}}}`);
  });

  it('may be a text of many megabytes', () => {
    const text = `"${'a\\n'.repeat(8_000_000)}"`;
    expect(parseJsonText(text).kind).toBe('json');
  });
});
