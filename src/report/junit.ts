import type { Check, Proof } from '../proof/schema.ts';

/** JUnit XML as CI systems read it: one suite for the mode, one case for each check, each attempt in `system-out`. */
export function junitOf(proof: Proof): string {
  const count = (status: Check['status']) => proof.checks.filter((check) => check.status === status).length;
  const seconds = (Date.parse(proof.endedAt) - Date.parse(proof.startedAt)) / 1000;
  const totals = `tests="${proof.checks.length}" failures="${count('fail')}" errors="${count('untestable')}" skipped="${count('skipped')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="ship-proof" ${totals} time="${seconds}">`,
    `  <testsuite name="${xml(proof.mode)}" ${totals} time="${seconds}" timestamp="${proof.startedAt}">`,
    ...proof.checks.map((check) => testcase(proof.mode, check)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testcase(mode: string, check: Check): string {
  const text = [
    `expected: ${check.expected}`,
    `observed: ${check.observed}`,
    ...(check.detail ? [check.detail] : []),
  ].join('\n');
  const body = {
    pass: [],
    warn: [`<system-err>${xml(`warning: ${text}`)}</system-err>`],
    fail: [`<failure message="${xml(check.observed)}">${xml(text)}</failure>`],
    untestable: [`<error message="${xml(check.observed)}">${xml(text)}</error>`],
    skipped: [`<skipped message="${xml(check.observed)}"/>`],
  }[check.status];
  const attempts = (check.attempts ?? []).map(
    (attempt) => `${attempt.at} ${attempt.status} ${JSON.stringify(attempt.observed)}`,
  );
  const out = attempts.length > 0 ? [`<system-out>${xml(attempts.join('\n'))}</system-out>`] : [];
  const place = check.at ? ` file="${xml(check.at.file)}" line="${check.at.line}"` : '';
  const seconds = (check.attempts ?? []).reduce((sum, attempt) => sum + attempt.elapsedMs, 0) / 1000;
  const open = `    <testcase classname="ship-proof.${xml(mode)}" name="${xml(check.id)}" time="${seconds}"${place}`;
  // The order that the schema wants: result, system-out, system-err.
  const parts = check.status === 'warn' ? [...out, ...body] : [...body, ...out];
  return parts.length === 0
    ? `${open}/>`
    : [`${open}>`, ...parts.map((part) => `      ${part}`), '    </testcase>'].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text for XML 1.0; characters that it can't hold in any form become U+FFFD. */
const xml = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
