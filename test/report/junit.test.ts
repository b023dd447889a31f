import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { junitOf } from '../../src/report/junit.ts';
import { anyProof, check, proof } from '../proof/proofs.ts';
import { parseXml } from './xml.ts';

const casesOf = (document: string) => parseXml(document).children[0]?.children ?? [];

describe('junitOf', () => {
  it('has one case for each check, in its state', () => {
    const checks = (['pass', 'fail', 'warn', 'untestable', 'skipped'] as const).map((status) =>
      check({ id: status, status, observed: 'other', detail: 'purge it' }),
    );
    const document = junitOf(proof({ checks }));
    const [suite] = parseXml(document).children;
    expect(suite?.attributes).toEqual({
      ...{ name: 'verify-live', tests: '5', failures: '1', errors: '1', skipped: '1' },
      ...{ time: '1.5', timestamp: '2026-11-01T12:00:00.000Z' },
    });
    expect(
      casesOf(document).map(({ attributes, children }) => [
        attributes.name,
        ...children.map(({ name }) => name),
      ]),
    ).toEqual([
      ['pass'],
      ['fail', 'failure'],
      ['warn', 'system-err'],
      ['untestable', 'error'],
      ['skipped', 'skipped'],
    ]);
    expect(casesOf(document)[1]?.children[0]).toMatchObject({
      attributes: { message: 'other' },
      text: 'expected: build-1\nobserved: other\npurge it',
    });
  });

  it('tells every attempt and the place in the config', () => {
    const attempt = {
      at: '2026-11-01T12:00:00.000Z',
      elapsedMs: 250,
      status: 'fail',
      observed: { status: 503 },
    } as const;
    const [only] = casesOf(
      junitOf(
        proof({ checks: [check({ at: { file: 'ship-proof.yml', line: 4 }, attempts: [attempt, attempt] })] }),
      ),
    );
    expect(only?.attributes).toMatchObject({ file: 'ship-proof.yml', line: '4', time: '0.5' });
    expect(only?.children[0]).toMatchObject({
      name: 'system-out',
      text: expect.stringContaining('{"status":503}\n2026'),
    });
  });

  it('is one well-formed document whose text is data, whatever was observed', () => {
    fc.assert(
      fc.property(anyProof, (made) => {
        const cases = casesOf(junitOf(made));
        expect(cases.map(({ name }) => name)).toEqual(made.checks.map(() => 'testcase'));
        const plain = (text: string) =>
          text.toWellFormed().replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
        for (const [index, { id }] of made.checks.entries())
          expect(cases[index]?.attributes.name).toBe(plain(id));
      }),
    );
  });
});
