import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/proof/redact.ts';
import { sanitize } from '../../src/proof/sanitize.ts';
import { annotationsOf } from '../../src/report/annotations.ts';
import { prepareFolder, writeEvidence } from '../../src/report/files.ts';
import { lastWords } from '../../src/report/last-words.ts';
import { summaryLine, summaryOf } from '../../src/report/summary.ts';
import { verdictLine } from '../../src/report/verdict-line.ts';
import { anyProof, check, proof } from '../proof/proofs.ts';
import { parseLogfmt } from '../targets/logfmt.ts';
import { parseFileCommands } from '../targets/runner-files.ts';

const failing = (count: number) =>
  Array.from({ length: count }, (_, index) => check({ status: 'fail', title: `check ${index + 1}` }));

describe('annotationsOf', () => {
  it('shows what is not as it should be, at its place', () => {
    const at = { file: 'ship-proof.yml', line: 4 };
    const checks = [
      check(),
      check({ status: 'skipped' }),
      check({ status: 'warn', title: 'w' }),
      check({ status: 'untestable', title: 'u' }),
      check({ status: 'fail', title: 'f', detail: 'purge it', at }),
    ];
    expect(annotationsOf(proof({ checks }))).toEqual([
      {
        level: 'error',
        title: 'f',
        message: 'expected: build-1\nobserved: build-1\npurge it',
        file: 'ship-proof.yml',
        startLine: 4,
      },
      { level: 'error', title: 'u', message: 'expected: build-1\nobserved: build-1' },
      { level: 'warning', title: 'w', message: 'expected: build-1\nobserved: build-1' },
    ]);
  });

  it.each([
    [10, 'check 10'],
    [11, 'ship-proof verify-live'],
    [250, 'ship-proof verify-live'],
  ])('has at most ten of a level: of %i checks the tenth is %s', (count, last) => {
    const shown = annotationsOf(proof({ checks: failing(count) }));
    expect(shown).toHaveLength(10);
    expect(shown.at(-1)?.title).toBe(last);
    if (count > 10) expect(shown.at(-1)?.message).toMatch(new RegExp(`^${count - 9} more`));
  });
});

describe('summaryLine', () => {
  it.each([
    [proof(), 'verify-live passed, 1 of 1 checks passed'],
    [
      proof({ checks: [check(), check({ status: 'skipped' }), check({ status: 'warn' })] }),
      'verify-live passed, 2 of 2 checks passed',
    ],
    [
      proof({
        outcome: 'failed',
        checks: [check({ status: 'untestable' }), check({ status: 'fail', title: 't', observed: 'build-0' })],
      }),
      'verify-live failed, 0 of 2 checks passed: t: build-0',
    ],
    [
      proof({ outcome: 'skipped', checks: [check({ status: 'skipped' })] }),
      'verify-live skipped, already done: nothing was repeated',
    ],
  ])('says what was proved or what stood in the way', (made, line) => {
    expect(summaryLine(made)).toBe(line);
  });
});

describe('summaryOf', () => {
  it('is a table with what is wrong told plainly', () => {
    const checks = [check(), check({ status: 'fail', observed: 'build-0', detail: 'purge it' })];
    expect(summaryOf(proof({ outcome: 'failed', checks, overrides: ['edges: one'] }))).toBe(
      [
        '### ship-proof verify-live: failed',
        '',
        '| | check | expected | observed |',
        '| --- | --- | --- | --- |',
        '| **FAIL** | `https://a.example/ serves build-1` | `build-1` | `build-0. purge it` |',
        '| pass | `https://a.example/ serves build-1` | `build-1` | `build-1` |',
        '',
        'Weakened by: `edges: one`',
        '',
        '2026-11-01T12:00:00.000Z to 2026-11-01T12:00:01.500Z',
        '',
      ].join('\n'),
    );
  });

  it('counts the rows that it leaves out, and stays under what GitHub shows', () => {
    const long = '界'.repeat(5000);
    const text = summaryOf(
      proof({ checks: failing(250).map((one) => ({ ...one, title: long, expected: long, observed: long })) }),
    );
    expect(text).toContain('50 more in proof.json');
    const last = summaryOf(
      proof({ checks: [...Array.from({ length: 250 }, () => check()), check({ status: 'fail' })] }),
    );
    expect(last).toContain('**FAIL**');
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  });

  it('holds text from outside in code spans only: no link, HTML, diagram, mention or broken row', () => {
    fc.assert(
      fc.property(anyProof, (made) => {
        const summary = summaryOf(made);
        const lines = summary.split('\n');
        expect(lines.slice(4, 4 + made.checks.length)).toHaveLength(made.checks.length);
        for (const line of lines.slice(4, 4 + made.checks.length)) {
          expect(line).toMatch(/^\| [a-z A-Z*]+ \| (`[^`|]*`)? \| (`[^`|]*`)? \| (`[^`|]*`)? \|$/);
        }
        const rest = summary.replace(/`[^`]*`/g, '');
        expect(rest).not.toMatch(/https?:|[<>[\]@&\\`]/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('verdictLine', () => {
  const subject = { buildId: 'build-1' };
  it.each([
    [{ outcome: 'passed', subject, result: { deployed: true } }, 'DEPLOYED build-1'],
    [
      {
        outcome: 'inconclusive',
        subject,
        result: { deployed: true },
        checks: [check({ id: 'error:timeout', status: 'untestable', observed: 'stopped' })],
      },
      'NOT DEPLOYED error:timeout: stopped',
    ],
    [{ outcome: 'passed', subject, result: { deployed: 'true' } }, 'NOT DEPLOYED passed'],
    [
      {
        outcome: 'failed',
        subject,
        result: { deployed: false },
        checks: [
          check({ id: 'a', status: 'untestable' }),
          check({ id: 'b', status: 'fail', observed: 'x\nDEPLOYED build-1' }),
        ],
      },
      'NOT DEPLOYED b: x\\u000aDEPLOYED build-1',
    ],
    [
      {
        outcome: 'invalid',
        subject: {},
        result: {},
        checks: [check({ id: 'input:url', status: 'fail', observed: 'nothing' })],
      },
      'NOT DEPLOYED input:url: nothing',
    ],
  ] as const)('%j', (changes, line) => {
    expect(verdictLine(proof(changes as Partial<ReturnType<typeof proof>>))).toBe(line);
  });

  it('never says DEPLOYED of a run that did not pass', () => {
    fc.assert(
      fc.property(anyProof, fc.boolean(), (made, deployed) => {
        const line = verdictLine(sanitize({ ...made, result: { deployed } }, createRedactor()));
        expect(line.startsWith('DEPLOYED ')).toBe(deployed && made.outcome === 'passed');
        expect(line).not.toMatch(/\n|\r/);
      }),
    );
  });
});

describe('lastWords', () => {
  it('says in every channel what the run could not say', () => {
    const made = proof({
      outcome: 'inconclusive',
      checks: [check({ status: 'untestable', title: 'timeout', observed: 'stuck' })],
    });
    const { texts, files } = lastWords(made, { logFd: 2, json: true, outputFile: '/o' }, '/out');
    expect(texts.map(({ fd }) => fd)).toEqual([2, 1]);
    expect(parseLogfmt(texts[0]?.text.trimEnd() ?? '')).toEqual({
      mode: 'verify-live',
      fields: {
        outcome: 'inconclusive',
        exit: '3',
        summary: summaryLine(made),
        proof: join('/out', 'proof.json'),
      },
    });
    expect(JSON.parse(texts[1]?.text ?? '')).toEqual(made);
    expect(files.map(({ path, append }) => [path, append])).toEqual([
      [join('/out', 'proof.json'), false],
      ['/o', true],
    ]);
    expect(parseFileCommands(files[1]?.content ?? '')).toEqual({
      'proof-outcome': 'inconclusive',
      proof: join('/out', 'proof.json'),
      summary: summaryLine(made),
    });
  });

  it('writes nothing where nothing is wanted', () => {
    const words = lastWords(proof(), { logFd: 1, json: false, outputFile: undefined }, undefined);
    expect(words.files).toEqual([]);
    expect(words.texts).toHaveLength(1);
  });
});

describe('files', () => {
  const inFolder = async (test: (folder: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), 'ship-proof-report-'));
    await test(folder).finally(() => rm(folder, { recursive: true, force: true }));
  };

  it('makes the folder and writes proof.json, junit.xml, tests.tap and report.html, nothing else', () =>
    inFolder(async (folder) => {
      const out = join(folder, 'a', 'b');
      expect(await prepareFolder(out)).toBe(out);
      expect(await writeEvidence(out, proof())).toEqual({ proof: join(out, 'proof.json') });
      expect((await readdir(out)).sort()).toEqual(['junit.xml', 'proof.json', 'report.html', 'tests.tap']);
      expect(JSON.parse(await readFile(join(out, 'proof.json'), 'utf8'))).toEqual(proof());
    }));

  it('replaces a link instead of writing through it', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'precious'), 'mine');
      await symlink(join(folder, 'precious'), join(folder, 'proof.json'));
      await writeEvidence(folder, proof());
      expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('mine');
    }));

  it('leaves no half-written file behind', () =>
    inFolder(async (folder) => {
      await prepareFolder(join(folder, 'junit.xml'));
      await expect(writeEvidence(folder, proof())).rejects.toThrow();
      expect(await readdir(folder)).toEqual(['junit.xml']);
    }));

  it('says before anything else that a folder cannot be', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      await expect(prepareFolder(join(folder, 'file', 'out'))).rejects.toMatchObject({
        ...{ code: 'out-unwritable', outcome: 'invalid' },
        message: expect.stringMatching(/file.out \(input `out`\) can't be written: ENOTDIR/),
      });
    }));
});
