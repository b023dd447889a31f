import type { Readable } from 'node:stream';

/** More of a line is dropped: how much memory we need is not for the command to say. No reader of lines takes half as much. */
export const MAX_LINE_CHARACTERS = 8 * 1024 * 1024;

/** As terminals show them: a progress bar's carriage return ends one, too. */
const LINE_END = /\r\n|[\n\r\u2028\u2029]/;

/** Puts lines together from pieces of text. */
export function lineJoiner(onLine: (line: string) => void): {
  add(text: string): void;
  /** The text is over: a last line without an end is one. */
  end(): void;
} {
  let pieces: string[] = [];
  let length = 0;
  let endsInReturn = false;
  const keep = (piece: string) => {
    const kept = piece.slice(0, MAX_LINE_CHARACTERS - length);
    if (kept === '') return;
    pieces.push(kept);
    length += kept.length;
  };
  const tell = () => {
    const line = pieces.join('');
    [pieces, length] = [[], 0];
    onLine(line);
  };
  return {
    add(text) {
      // One end of a line may come in two pieces.
      const [first = '', ...others] = (endsInReturn && text.startsWith('\n') ? text.slice(1) : text).split(
        LINE_END,
      );
      endsInReturn = text.endsWith('\r');
      keep(first);
      for (const other of others) {
        tell();
        keep(other);
      }
    },
    end() {
      if (length > 0) tell();
    },
  };
}

/** Tells of each line of a stream, without its end, until the stream ends or is torn down. */
export function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const lines = lineJoiner(onLine);
  stream.setEncoding('utf8').on('data', lines.add);
  return new Promise((resolve) => {
    stream.once('end', () => {
      lines.end();
      resolve();
    });
    stream.once('close', resolve);
    stream.on('error', () => {}); // A torn pipe ends the lines; the exit code tells the rest.
  });
}
