import { createGauge } from './gauge.ts';
import { McpTrouble } from './trouble.ts';

const NEWLINE = 0x0a;

/** Bytes as lines, under the bounds that hold for an answer over HTTP too. */
export function createLines(maxBytes: number): { push(chunk: Buffer): string[] } {
  let bytes = 0;
  let rest: Buffer[] = [];
  return {
    push(chunk: Buffer): string[] {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new McpTrouble('too-large', `it wrote more than ${maxBytes} bytes`);
      const found: string[] = [];
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        found.push(checked(Buffer.concat([...rest, chunk.subarray(start, end)])));
        rest = [];
        start = end + 1;
      }
      rest.push(chunk.subarray(start));
      return found.filter((line) => line.trim() !== '');
    },
  };
}

function checked(line: Buffer): string {
  const gauge = createGauge('json');
  gauge.push(line);
  if (gauge.tooDeep()) throw new McpTrouble('too-deep', 'its JSON is nested too deep');
  return line.toString('utf8');
}
