import { printable } from './encode.ts';
import type { Redactor } from './redact.ts';
import type { Check, Json, Proof } from './schema.ts';

const MAX_TEXT = 4096;

/**
 * The proof with secrets masked and every text in it made printable: nothing else of a proof leaves the process. Its own
 * words (outcome, statuses, times, the names of fields) stay as they are, even when they read like somebody's secret.
 */
export function sanitize(proof: Proof, secrets: Redactor): Proof {
  const clean = (value: Json): Json => {
    if (typeof value === 'string') return printable(secrets.text(value), MAX_TEXT);
    if (Array.isArray(value)) return value.map(clean);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [printable(secrets.text(key)), clean(item)]),
    );
  };
  // Only the names on the first level are ours; what stands deeper may come from outside.
  const cleanFields = <Fields extends Readonly<Record<string, Json | undefined>>>(fields: Fields): Fields =>
    Object.fromEntries(
      Object.entries(fields).map(([key, value]) => [
        printable(key),
        value === undefined ? value : clean(value),
      ]),
    ) as Fields;
  const cleanCheck = ({ status, at, attempts, ...texts }: Check): Check => ({
    ...cleanFields(texts),
    status,
    ...(at ? { at: cleanFields(at) } : {}),
    ...(attempts
      ? { attempts: attempts.map((attempt) => ({ ...attempt, observed: cleanFields(attempt.observed) })) }
      : {}),
  });
  const cleanLedger = ({ written, ...ledger }: NonNullable<Proof['ledger']>): Proof['ledger'] => ({
    ...cleanFields(ledger),
    ...(written ? { written: written.map((entry) => ({ ...entry, data: cleanFields(entry.data) })) } : {}),
  });
  return {
    ...proof,
    subject: cleanFields(proof.subject),
    checks: proof.checks.map(cleanCheck),
    result: cleanFields(proof.result),
    overrides: proof.overrides.map((text) => clean(text) as string),
    ...(proof.ledger ? { ledger: cleanLedger(proof.ledger) } : {}),
    ...(proof.run ? { run: cleanFields(proof.run) } : {}),
  };
}
