/** One log line of the program: `<mode> key=value key="JSON string" …`. */
export interface LogEvent {
  readonly mode: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Reads one line, strictly: at least one field, one blank between them, no key twice, bare values without blanks,
 * quotes, `=` or backslash, quoted ones a valid JSON string. Values stay text. Throws on anything else.
 */
export function parseLogfmt(line: string): LogEvent {
  const [mode = ''] = /^[a-z][a-z-]*(?= )/.exec(line) ?? [];
  if (mode === '') throw new Error(`not an event, no mode: ${JSON.stringify(line)}`);
  const fields: Record<string, string> = {};
  const field = / ([a-z][a-z0-9-]*)=("(?:[^"\\]|\\.)*"|[^\s"=\\]+)(?= |$)/y;
  let position = mode.length;
  while (position < line.length) {
    field.lastIndex = position;
    const [text, key, value] = field.exec(line) ?? [];
    if (text === undefined || key === undefined || value === undefined) {
      throw new Error(`not an event, column ${position + 1}: ${JSON.stringify(line)}`);
    }
    if (key in fields) throw new Error(`not an event, ${key} stands twice: ${JSON.stringify(line)}`);
    fields[key] = value.startsWith('"') ? (JSON.parse(value) as string) : value;
    position += text.length;
  }
  return { mode, fields };
}

/** The lines that are events; others (`DEPLOYED …`, JSON) are passed over. */
export function parseEvents(output: string): LogEvent[] {
  return output.split('\n').flatMap((line) => {
    try {
      return [parseLogfmt(line)];
    } catch {
      // Not every line is an event; a test that expects one will miss it by name.
      return [];
    }
  });
}
