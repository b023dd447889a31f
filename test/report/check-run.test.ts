import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { createGitHub } from '../../src/ports/github.ts';
import { createHttp } from '../../src/ports/http.ts';
import type { Check, Proof, Written } from '../../src/proof/schema.ts';
import { checkRun, type OpenCheck } from '../../src/report/check-run.ts';
import { checkRunOutput, conclusionOf, cutLines, MAX_TEXT_BYTES } from '../../src/report/check-run-output.ts';
import { type GitHub, REPOSITORY, SHA, serveGitHub } from '../targets/github.ts';

const proofWith = (checks: readonly Check[], more: Partial<Proof> = {}): Proof => ({
  schemaVersion: 1,
  id: 'proof-1',
  mode: 'smoke',
  outcome: 'failed',
  subject: { url: 'https://app.example.com/' },
  startedAt: '2026-11-20T10:00:00.000Z',
  endedAt: '2026-11-20T10:00:01.000Z',
  checks: [...checks],
  result: {},
  overrides: [],
  ...more,
});

const failing = (n: number, more: Partial<Check> = {}): Check => ({
  id: `check:${n}`,
  status: 'fail',
  title: `check ${n}`,
  expected: 'a',
  observed: 'b',
  at: { file: 'ship-proof.yml', line: n + 1 },
  ...more,
});

const places = { relative: (file: string) => file, fallback: '.github/workflows/prove.yml' };
const bytes = (text: string) => Buffer.byteLength(text);

describe('what a check run says', () => {
  it.each([
    ['passed', [], 'success'],
    ['skipped', [], 'neutral'],
    ['halted', [], 'neutral'],
    ['failed', [], 'failure'],
    ['refused', [], 'failure'],
    ['invalid', [], 'failure'],
    ['inconclusive', [], 'failure'],
    ['inconclusive', ['error:interrupted'], 'cancelled'],
    ['inconclusive', ['error:timeout'], 'timed_out'],
    ['failed', ['error:timeout'], 'failure'],
  ] as const)('concludes %s %j as %s', (outcome, ids, conclusion) => {
    const checks = ids.map((id) => failing(0, { id, status: 'untestable' }));
    expect(conclusionOf(proofWith(checks, { outcome }))).toBe(conclusion);
  });

  it('puts what is worst first, at its line, and what the run wrote last', () => {
    const written: Written = {
      kind: 'phase-done',
      id: 'e1',
      at: '2026-11-20T10:00:00.500Z',
      seq: 7,
      version: 'f'.repeat(40),
      data: { phase: 'promote', artifactId: 'app-1', path: 'phases/production/1', by: { a: 1 } },
    };
    const ledger = { store: 'git+file:/x', head: 'f'.repeat(40), entries: 9, written: [written] };
    const checks = [
      failing(1, { status: 'warn' }),
      failing(2),
      failing(3, { status: 'pass' }),
      failing(4, { at: undefined } as Partial<Check>),
    ];
    const { annotations, text } = checkRunOutput(proofWith(checks, { ledger }), places);
    expect(annotations.map((item) => [item.annotation_level, item.path, item.start_line])).toEqual([
      ['failure', 'ship-proof.yml', 3],
      ['warning', 'ship-proof.yml', 2],
      ['notice', '.github/workflows/prove.yml', 1],
    ]);
    expect(annotations[2]).toMatchObject({
      title: 'ledger: phase-done',
      message: `phase=promote artifactId=app-1 path=phases/production/1 fence=7 at=2026-11-20T10:00:00.500Z version=${'f'.repeat(40)}`,
    });
    expect(text).toContain('`phase-done phase=promote artifactId=app-1');
  });

  it('cuts a long text between lines, and counts the rest', () => {
    const checks = Array.from({ length: 3000 }, (_, n) => failing(n, { observed: 'ü€😀'.repeat(30) }));
    const { text, summary } = checkRunOutput(proofWith(checks), places);
    expect(bytes(text)).toBeLessThanOrEqual(MAX_TEXT_BYTES);
    expect(bytes(text)).toBeGreaterThan(MAX_TEXT_BYTES * 0.9);
    expect(bytes(summary)).toBeLessThanOrEqual(MAX_TEXT_BYTES);
    const lines = text.split('\n');
    expect(lines.slice(0, -2).every((line) => line.startsWith('| ') && line.endsWith(' |'))).toBe(true);
    expect(lines.at(-1)).toBe(`${3002 - (lines.length - 2)} more lines are in proof.json`);
    expect(text).not.toContain('\ufffd');
  });

  it('cuts nothing that fits to the byte', () => {
    expect(cutLines(['ab', 'cd'], 6)).toBe('ab\ncd');
    expect(cutLines(['x'.repeat(100), 'y'.repeat(100)], 190)).toBe(
      `${'x'.repeat(100)}\n\n1 more lines are in proof.json`,
    );
  });

  it('lets no text from outside be markup', () => {
    const hostile = failing(1, {
      title: '`</td> @octocat | ![x](http://e/x)',
      observed: '```mermaid\n::error::x',
    });
    const { text, title } = checkRunOutput(proofWith([hostile]), places);
    const row = text.split('\n')[2] ?? '';
    expect(row.match(/`/g)).toHaveLength(6);
    expect(row.match(/\|/g)).toHaveLength(5);
    expect(title).not.toContain('\n');
  });
});

describe('writing it', () => {
  let hub: GitHub;
  beforeEach(async () => {
    hub = await serveGitHub();
  });
  afterEach(() => hub[Symbol.asyncDispose]());

  const open = (kept: (OpenCheck | undefined)[] = []) => {
    const place = { apiUrl: `${hub.url}/api`, repository: REPOSITORY, token: hub.token({ checks: 'write' }) };
    return checkRun({
      github: createGitHub(place, { http: createHttp(), clock: systemClock, userAgent: 'test' }),
      clock: systemClock,
      check: {
        name: 'ship-proof / smoke',
        sha: SHA,
        externalId: 'proof-1',
        mode: 'smoke',
        startedAt: '2026-11-20T10:00:00.000Z',
      },
      detailsUrl: undefined,
      places,
      keep: (state) => kept.push(state),
    });
  };

  it('hands annotations over in batches of fifty, and each of them once', async () => {
    const run = open();
    run.begin();
    const checks = Array.from({ length: 120 }, (_, n) => failing(n));
    expect(await run.conclude(proofWith(checks), 10_000)).toHaveProperty('url');
    const [stored] = hub.api.checkRuns;
    const batches = stored?.changes.map(
      ({ output }) => (output as { annotations?: unknown[] })?.annotations?.length,
    );
    expect(batches).toEqual([undefined, 50, 50, 20]);
    expect(stored?.annotations.map(({ start_line: line }) => line)).toEqual(checks.map(({ at }) => at?.line));
    expect(stored?.fields.conclusion).toBe('failure');
  });

  it('keeps what is open until it is concluded', async () => {
    const kept: (OpenCheck | undefined)[] = [];
    const run = open(kept);
    run.begin();
    await run.conclude(proofWith([]), 10_000);
    expect(kept.map((state) => state && [state.externalId, state.id])).toEqual([
      ['proof-1', undefined],
      ['proof-1', 1000],
      undefined,
    ]);
  });

  it('sends annotations no second time when it is not sure of the first', async () => {
    const run = open();
    run.begin();
    let updates = 0;
    hub.api.fault = ({ method }) => {
      if (method !== 'PATCH') return undefined;
      updates += 1;
      return updates === 1 ? { late: { status: 502 } } : undefined;
    };
    await run.conclude(proofWith([failing(1)]), 10_000);
    expect(hub.api.checkRuns[0]?.annotations).toHaveLength(1);
    expect(updates).toBe(2);
  });
});
