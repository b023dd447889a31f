import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineJoiner, MAX_LINE_CHARACTERS, readLines } from '../../src/ports/lines.ts';

async function linesOf(pieces: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  await readLines(Readable.from(pieces, { objectMode: false }), (line) => lines.push(line));
  return lines;
}

async function byNode(pieces: readonly Buffer[]): Promise<string[]> {
  const input = Readable.from(pieces, { objectMode: false });
  const lines: string[] = [];
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) lines.push(line);
  return lines;
}

it('lines are those of Node, however their bytes arrive', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', '\r', '\r\n', '\u2028', ' ') });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.integer({ min: 1, max: 4 })), async (whole, sizes) => {
      const bytes = Buffer.from(whole);
      const pieces: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 1)
        pieces.push(bytes.subarray(at, at + (sizes[pieces.length] ?? 5)));
      expect(await linesOf(pieces)).toEqual(await byNode(pieces));
    }),
  );
});

it('a line that does not end is kept to its bound, and the next one is whole', () => {
  const lines: string[] = [];
  const joiner = lineJoiner((line) => lines.push(line));
  const piece = 'x'.repeat(1024 * 1024);
  // More than one text can hold.
  for (let megabytes = 0; megabytes < 600; megabytes += 1) joiner.add(piece);
  joiner.add('\nnext\n');
  joiner.end();
  expect(lines.map(({ length }) => length)).toEqual([MAX_LINE_CHARACTERS, 4]);
});

it('nothing is told of a stream after it was torn down', async () => {
  const lines: string[] = [];
  const stream = new PassThrough();
  const reading = readLines(stream, (line) => lines.push(line));
  stream.write('whole\nhalf');
  await new Promise((resolve) => setImmediate(resolve));
  stream.destroy();
  await reading;
  expect(lines).toEqual(['whole']);
});
