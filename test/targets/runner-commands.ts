/** A line of a step's output that the runner acts on instead of printing it. */
export interface RunnerCommand {
  /** As written; the runner compares names without regard to case. */
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
  /** `v2` is `::name k=v::message`, `v1` the older `##[name k=v;]message` that is still read. */
  readonly syntax: 'v1' | 'v2';
  /** 1-based number of the line in the output. */
  readonly line: number;
}

/** The names that the runner registers (actions/runner, ActionCommandManager); any other is plain text. */
export const RUNNER_COMMANDS: readonly string[] = [
  ...['add-mask', 'add-matcher', 'add-path', 'debug', 'echo', 'endgroup', 'error', 'group', 'notice'],
  ...['remove-matcher', 'save-state', 'set-env', 'set-output', 'stop-commands', 'warning'],
];

/**
 * Every command that GitHub's runner would find in a step's stdout or stderr, in order. Between `stop-commands` and its
 * token nothing counts; the token's own line is reported as the command `resume`.
 * Where the runner's behaviour depends on culture tables, this reads a command rather than miss one.
 */
export function parseRunnerCommands(output: string): RunnerCommand[] {
  const commands: RunnerCommand[] = [];
  let stopToken: string | undefined;
  // .NET's ReadLine ends a line at \n, \r\n and also at a lone \r.
  for (const [index, text] of output.split(/\r\n|\n|\r/).entries()) {
    const registered = new Set([
      ...RUNNER_COMMANDS,
      ...(stopToken === undefined ? [] : [stopToken.toLowerCase()]),
    ]);
    const parsed = parseV2(text, registered) ?? parseV1(text, registered);
    if (!parsed) continue;
    const found = { ...parsed, line: index + 1 };
    const name = parsed.command.toLowerCase();
    if (stopToken !== undefined) {
      if (name !== stopToken.toLowerCase()) continue;
      commands.push({ ...found, command: 'resume' });
      stopToken = undefined;
      continue;
    }
    commands.push(found);
    if (name === 'stop-commands' && isStopToken(parsed.message)) stopToken = parsed.message;
  }
  return commands;
}

type Parsed = Omit<RunnerCommand, 'line'>;

// The start of the line only, after .NET's TrimStart, which unlike JavaScript's takes U+0085 and leaves U+FEFF.
function parseV2(line: string, registered: ReadonlySet<string>): Parsed | undefined {
  const trimmed = line.replace(/^[\t-\r\x85\p{Z}]+/u, '');
  if (!trimmed.startsWith('::')) return undefined;
  // IndexOf(string) compares by culture there: characters without weight between the colons do not part them.
  const separator = /:[\p{Cf}\p{Cc}]*:/gu;
  separator.lastIndex = 2;
  const end = separator.exec(trimmed);
  if (!end) return undefined;
  const head = splitHead(trimmed.slice(2, end.index), registered);
  if (!head) return undefined;
  const decode = unescaper(['\r', '\n', ':', ',', '%']);
  return {
    command: head.name,
    properties: readProperties(head.rest.trim(), ',', decode),
    message: unescaper(['\r', '\n', '%'])(trimmed.slice(end.index + 2)),
    syntax: 'v2',
  };
}

// Anywhere in the line, but only the first `##[` of it.
function parseV1(line: string, registered: ReadonlySet<string>): Parsed | undefined {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return undefined;
  const head = splitHead(line.slice(start + 3, end), registered);
  if (!head) return undefined;
  const decode = unescaper([';', '\r', '\n', ']', '%']);
  return {
    command: head.name,
    properties: readProperties(head.rest, ';', decode),
    message: decode(line.slice(end + 1)),
    syntax: 'v1',
  };
}

function splitHead(
  head: string,
  registered: ReadonlySet<string>,
): { name: string; rest: string } | undefined {
  const space = head.indexOf(' ');
  const name = space < 0 ? head : head.slice(0, space);
  if (!registered.has(name.toLowerCase())) return undefined;
  return { name, rest: space < 0 ? '' : head.slice(space + 1) };
}

// `a==b` gives `b`: the runner splits at the first two non-empty pieces. A pair without a value is dropped.
function readProperties(
  text: string,
  separator: string,
  decode: (text: string) => string,
): Record<string, string> {
  const pairs = text.split(separator).map((property) => {
    const [, key, value] = /^=*([^=]+)=+(.+)$/s.exec(property) ?? [];
    return [key, value] as const;
  });
  const properties: Record<string, string> = {};
  for (const [key, value] of pairs)
    if (key !== undefined && value !== undefined) properties[key] = decode(value);
  return properties;
}

// One after the other with `%` last, so that %250A is the text %0A and no newline.
function unescaper(characters: readonly string[]): (text: string) => string {
  const escapes = characters.map((character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
    return [`%${code}`, character] as const;
  });
  return (text) => escapes.reduce((rest, [code, character]) => rest.replaceAll(code, character), text);
}

// The runner fails the step on a token that is empty, a command's name, or `pause-logging`.
function isStopToken(token: string): boolean {
  const name = token.toLowerCase();
  return name !== '' && name !== 'pause-logging' && !RUNNER_COMMANDS.includes(name);
}
