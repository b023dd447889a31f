import { type LogFields, logfmt } from '../proof/encode.ts';
import type { Redactor } from '../proof/redact.ts';

/** One event a line: `<mode> key=value …`. */
export interface Log {
  event(fields: LogFields): void;
  /** The same log under another mode's name, for a mode that is made of others. */
  as(mode: string): Log;
}

/** A log that masks secrets and encodes every value; `write` takes one line without its newline. */
export function createLog(mode: string, write: (line: string) => void, redactor: Redactor): Log {
  return {
    event: (fields) => write(`${mode} ${logfmt(mask(fields, redactor))}`),
    as: (other) => createLog(other, write, redactor),
  };
}

// Masked before encoding: an escaped secret is a form that the redactor would not know.
function mask(fields: LogFields, redactor: Redactor): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'string' ? redactor.text(value) : value,
    ]),
  );
}
