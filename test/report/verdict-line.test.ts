import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logfmt } from '../../src/proof/encode.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import { sanitize } from '../../src/proof/sanitize.ts';
import { agentReport } from '../../src/report/agent-report.ts';
import { verdictLine } from '../../src/report/verdict-line.ts';
import { anyProof, check, proof, text } from '../proof/proofs.ts';

const passed = proof({ mode: 'prove', result: { deployed: true, waived: '' } });

it('says DEPLOYED and the build, and what was waived', () => {
  expect(verdictLine(passed)).toBe('DEPLOYED build-1');
  expect(verdictLine({ ...passed, result: { deployed: true, waived: 'smoke' } })).toBe(
    'DEPLOYED build-1 waived=smoke',
  );
});

it.each([
  ['the outcome is another', { ...passed, outcome: 'inconclusive' as const }],
  ['the result says so', { ...passed, result: { deployed: false } }],
  ['the result says nothing', { ...passed, result: {} }],
  ['the result has the word as a text', { ...passed, result: { deployed: 'true' } }],
])('says NOT DEPLOYED when %s', (_, one) => {
  expect(verdictLine(one)).toMatch(/^NOT DEPLOYED /);
});

it('names the first part that did not pass, and the check that says why', () => {
  const one = proof({
    outcome: 'failed',
    checks: [check(), check({ id: 'smoke:home', status: 'fail', observed: 'status 500' })],
    result: {
      deployed: false,
      parts: {
        'verify-live': { outcome: 'passed' },
        smoke: { outcome: 'failed' },
        x: { outcome: 'not-run' },
      },
    },
  });
  expect(verdictLine(one)).toBe('NOT DEPLOYED smoke: smoke:home: status 500');
});

it('is one line, and so is each line of the report, whatever stands in the proof', () => {
  fc.assert(
    fc.property(anyProof, text, (made, part) => {
      const result = {
        ...made.result,
        deployed: false,
        parts: { [part]: { outcome: part, checks: [part] } },
      };
      const one = sanitize({ ...made, result }, createRedactor());
      const line = verdictLine(one);
      expect(line).toMatch(/^NOT DEPLOYED /);
      const lines = [line, ...agentReport(one).map((fields) => `prove ${logfmt(fields)}`)];
      for (const each of lines) expect(each).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
    }),
  );
});

it('reports the looks without a break since the last wrong one', () => {
  const look = (status: 'pass' | 'fail' | 'untestable', second: number) => ({
    at: `2026-11-01T12:00:0${second}.000Z`,
    elapsedMs: 1,
    status,
    observed: {},
  });
  const attempts = [
    look('pass', 0),
    look('fail', 1),
    look('pass', 2),
    look('untestable', 3),
    look('pass', 4),
  ];
  const [, live] = agentReport(proof({ checks: [check({ attempts })] }));
  expect(live).toEqual({
    report: 'live',
    url: 'https://a.example/',
    status: 'pass',
    looks: 4,
    good: 2,
    since: '2026-11-01T12:00:02.000Z',
  });
});
