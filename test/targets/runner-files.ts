/**
 * Reads what was appended to GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV: `name=value` lines and `name<<delimiter` blocks.
 * Throws where the runner would fail the step.
 */
export function parseFileCommands(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const [, name, sign, rest = ''] = /^(.*?)(<<|=)(.*)$/s.exec(line) ?? [];
    if (name === undefined) throw new Error(`a file command without a value: ${JSON.stringify(line)}`);
    if (sign === '=') {
      values[name] = rest;
      continue;
    }
    const end = lines.indexOf(rest, index + 1);
    if (name === '' || rest === '' || end < 0)
      throw new Error(`a file command without an end: ${JSON.stringify(line)}`);
    values[name] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return values;
}
