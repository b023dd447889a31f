/** As much of the output as its digest is made of. */
const TAIL_CHARACTERS = 64 * 1024;
const LINE_CHARACTERS = 4 * 1024;

/** The end of a command's output: enough to tell what it was and how it failed, and never much. */
export interface OutputTail {
  add(stream: 'out' | 'err', line: string): void;
  /** Each line with its stream, the newest 64 Ki characters. */
  text(): string;
  /** The last line on standard error that is not blank, or else on standard output. */
  lastLine(): string;
}

export function outputTail(): OutputTail {
  const last = { out: '', err: '' };
  let lines: string[] = [];
  let length = 0;
  return {
    add(stream, whole) {
      const line = whole.slice(0, LINE_CHARACTERS);
      if (line.trim() !== '') last[stream] = line;
      const text = `${stream} ${line}\n`;
      lines.push(text);
      length += text.length;
      // Now and then, so that a chatty command costs little.
      if (length < 2 * TAIL_CHARACTERS) return;
      lines = [lines.join('').slice(-TAIL_CHARACTERS)];
      length = TAIL_CHARACTERS;
    },
    text: () => lines.join('').slice(-TAIL_CHARACTERS),
    lastLine: () => last.err || last.out,
  };
}
