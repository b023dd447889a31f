import { observeSchema, replaySchema, writeSchema } from '../src/modes/replay/spec.ts';
import { described, table } from './smoke-format.ts';

/** The reference of the format of writes, from the schema that parses it. */
export function writesReference(): string {
  const write = described(writeSchema);
  return [
    table('A write of the list', described(replaySchema)),
    table('`write`, and each step of `cleanup` (which may also be a `get`)', write),
    table(
      '`observe`',
      described(observeSchema),
      Object.keys(write).filter((key) => !['json', 'post'].includes(key)),
    ),
  ].join('\n\n');
}
