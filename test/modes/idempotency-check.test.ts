import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { check } from '../once/replay/run.ts';
import { FLAWS, type Flaw, idempotentApi } from '../targets/idempotent-api.ts';
import { sqliteItems } from '../targets/idempotent-api-items.ts';

const LIST = `
- name: item
  write: { post: /items, headers: { Idempotency-Key: "{{key}}" }, json: { name: "probe-{{nonce}}" } }
  observe: { get: /items, count: "$.items[*]" }
  cleanup: [ { delete: "/items/probe-{{nonce}}" } ]
`;

const ALL_GREEN = {
  first: 'pass',
  repeat: 'pass',
  control: 'pass',
  race: 'pass',
  payload: 'pass',
  'lost-reply': 'pass',
  cleanup: 'pass',
};

/** What each flaw turns red, and what is not made after it. */
const RED: Readonly<Record<Flaw, Readonly<Partial<Record<keyof typeof ALL_GREEN, string>>>>> = {
  'applies-twice': { repeat: 'fail', ...after('repeat') },
  'ignores-the-key': { repeat: 'fail', ...after('repeat') },
  'applies-late': { repeat: 'fail', ...after('repeat') },
  'takes-one-write-ever': { control: 'untestable', ...after('control') },
  'applies-twice-when-raced': { race: 'fail' },
  'ignores-the-payload': { payload: 'fail' },
  'loses-replies': { 'lost-reply': 'fail' },
  'does-nothing': { first: 'untestable', ...after('first') },
};

function after(name: string): Record<string, string> {
  const cases = ['first', 'repeat', 'control', 'race', 'payload', 'lost-reply'];
  return Object.fromEntries(cases.slice(cases.indexOf(name) + 1).map((later) => [later, 'skipped']));
}

const given = (url: string) => ({ 'base-url': url, 'allow-writes-to': url, checks: LIST });

describe('idempotency-check', () => {
  it('passes an API that keeps its keys in memory', async () => {
    await using api = await idempotentApi();
    const { statuses, proof } = await check(given(api.url));
    expect(statuses).toEqual(ALL_GREEN);
    expect(proof.outcome).toBe('passed');
    expect(proof.result).toEqual({ passed: ['item'], failed: [] });
    expect(api.items.names()).toEqual([]);
  });

  it('passes an API that keeps its keys in a database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ship-proof-sqlite-'));
    try {
      using items = sqliteItems(join(folder, 'items.db'));
      await using api = await idempotentApi({ items });
      const { statuses } = await check(given(api.url));
      expect(statuses).toEqual(ALL_GREEN);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each(FLAWS)('finds an API that %s', async (flaw) => {
    await using api = await idempotentApi({ flaw });
    const { statuses, proof } = await check(given(api.url));
    expect(statuses).toEqual({ ...ALL_GREEN, ...RED[flaw] });
    expect(proof.outcome).toBe(Object.values(RED[flaw]).includes('fail') ? 'failed' : 'inconclusive');
    // Effects that nobody asked for are still there; each key was cleaned up once.
    expect(api.requests.filter(({ method }) => method === 'DELETE').length).toBeGreaterThan(0);
  });
});
