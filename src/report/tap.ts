import type { Check, Proof } from '../proof/schema.ts';

/** TAP version 14: one test point a check, its attempts and what was seen as a YAML block. Every text in it is one line of JSON. */
export function tapOf({ checks }: Proof): string {
  return ['TAP version 14', `1..${checks.length}`, ...checks.flatMap(testPoint), ''].join('\n');
}

function testPoint(check: Check, index: number): string[] {
  const { status, id, title, expected, observed, detail, at, attempts = [] } = check;
  const ok = status === 'fail' || status === 'untestable' ? 'not ok' : 'ok';
  const directive = status === 'skipped' ? ' # SKIP' : '';
  const fields = { title, status, expected, observed, detail, at: at && `${at.file}:${at.line}` };
  const block = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [
    `${ok} ${index + 1} - ${id.replace(/[\\#]/g, (mark) => `\\${mark}`)}${directive}`,
    '  ---',
    ...block.map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
    ...(attempts.length > 0
      ? ['  attempts:', ...attempts.map((attempt) => `    - ${JSON.stringify(attempt)}`)]
      : []),
    '  ...',
  ];
}
