import { expect, it } from 'vitest';
import { createLog } from '../../src/ports/log.ts';
import { createRedactor } from '../../src/proof/redact.ts';

const start = () => {
  const lines: string[] = [];
  const secrets = createRedactor();
  return { lines, secrets, log: createLog('prove', (line) => lines.push(line), secrets) };
};

it('writes one event a line under the name of its mode', () => {
  const { lines, log } = start();
  log.event({ a: 1, b: 'x y', c: undefined });
  log.as('stamp').event({ a: 'two\nlines' });
  expect(lines).toEqual(['prove a=1 b="x y"', 'stamp a="two\\u000alines"']);
});

it('masks a secret before it is escaped or cut', () => {
  const { lines, secrets, log } = start();
  secrets.add('a"b\\c\td');
  secrets.add('s'.repeat(100));
  log.event({ a: '-a"b\\c\td-', b: `${'x'.repeat(200)}${'s'.repeat(100)}` });
  expect(lines).toEqual([`prove a=-***- b=${'x'.repeat(200)}***`]);
});

it('masks what was learnt after the log was made, for every name', () => {
  const { lines, secrets, log } = start();
  const other = log.as('stamp');
  secrets.add('hunter22');
  other.event({ a: 'hunter22' });
  expect(lines).toEqual(['stamp a=***']);
});
