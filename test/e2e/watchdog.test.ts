import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { replayInto } from '../runner/replay.ts';
import { openWorld, RUNNER, type World } from '../runner/world.ts';
import { type IssuesApi, startIssuesApi } from '../targets/github-issues.ts';
import { runAction } from './run-dist.ts';

const HOUR_MS = 3_600_000;
let shop: Workshop;
let world: World;
beforeEach(() => {
  shop = openWorkshop();
  world = openWorld(Date.now() - 30 * 24 * HOUR_MS);
});
afterEach(() => shop[Symbol.dispose]());

const VALUELESS = { slotMs: null, end: { valueMicros: 0, units: 0 } } as const;

/** Ticks of a runner, in a store of its own. */
async function ticked(...plans: readonly Parameters<World['tick']>[0][]): Promise<void> {
  for (const plan of plans) await world.tick(plan);
  await replayInto(shop.store, world, join(shop.path, 'cache'));
}

const look = (...flags: string[]) =>
  shop.run(['status', '--runner', RUNNER, '--watchdog', '--out', 'out', ...flags]);
const alertFile = () => readFileSync(join(shop.path, 'out/ALERT.txt'), 'utf8');
const kinds = () =>
  shop
    .entries()
    .map(({ kind }) => String(kind))
    .filter((kind) => /^(alert|watchdog)/.test(kind));

describe('the watchdog', () => {
  it('fails once on ticks without value, and warns as long as they stand', async () => {
    await ticked(VALUELESS, VALUELESS, VALUELESS);
    const first = await look();
    expect(first).toMatchObject({ code: 1, result: { state: 'alert' } });
    expect(alertFile()).toMatch(/^ALERT no-value since .*: 3 ticks in a row brought no value$/m);
    const second = await look();
    expect(second).toMatchObject({ code: 0, result: { state: 'alert' } });
    expect(second.proof.checks.find(({ id }) => id === 'watchdog:no-value')?.status).toBe('warn');
    expect(kinds()).toEqual(['alert-raised', 'watchdog-looked', 'alert-told', 'watchdog-looked']);
    // Who only asks is told too, and nothing is written.
    const head = shop.head();
    expect(await shop.run(['status', '--runner', RUNNER])).toMatchObject({
      code: 0,
      result: { state: 'alert' },
    });
    expect(shop.head()).toBe(head);
  });

  it('finds a schedule that nothing starts any more', async () => {
    await ticked({});
    expect(await look('--cadence', '0 * * * *')).toMatchObject({ code: 1 });
    expect(alertFile()).toContain('ALERT missed-slots');
  });

  it('has nothing to tell of a runner in order', async () => {
    await ticked({ slotMs: null });
    expect(await look()).toMatchObject({ code: 0, result: { state: 'ok' } });
    expect(existsSync(join(shop.path, 'out/ALERT.txt'))).toBe(false);
  });

  it('is invalid with a cadence that is none', async () => {
    await ticked({ slotMs: null });
    expect((await look('--cadence', 'every now and then')).code).toBe(2);
  });
});

describe('the watchdog in a run', () => {
  const inAction = async (api: IssuesApi, token = 'ghs_canarycanary') => {
    await using run = await runAction(
      { mode: 'status', runner: RUNNER, watchdog: 'true', store: shop.store },
      { cwd: shop.path, env: { GITHUB_API_URL: api.url }, token },
    );
    return { code: run.code, annotations: run.annotations.map(({ command }) => command) };
  };

  it('opens an issue, opens no second one, and closes it when it is over', async () => {
    await using api = await startIssuesApi('octo-org/octo-repo');
    await ticked(VALUELESS, VALUELESS, VALUELESS);
    expect((await inAction(api)).code).toBe(1);
    expect(api.issues).toMatchObject([{ title: `ship-proof: no-value (runner ${RUNNER})`, state: 'open' }]);
    expect((await inAction(api)).code).toBe(0);
    expect(api.issues).toHaveLength(1);

    // A tick brings something.
    const since = (await world.entries()).length;
    await world.tick({ slotMs: null });
    await appendNew(since);
    expect((await inAction(api)).code).toBe(0);
    expect(api.issues).toMatchObject([{ state: 'closed', comments: [expect.stringContaining('Recovered')] }]);
    expect(kinds().filter((kind) => kind.startsWith('alert'))).toEqual([
      'alert-raised',
      'alert-told',
      'alert-cleared',
      'alert-told',
    ]);
  });

  it('says that it may not open one, and opens it when it may', async () => {
    await using api = await startIssuesApi('octo-org/octo-repo');
    await ticked(VALUELESS, VALUELESS, VALUELESS);
    api.broken = 403;
    expect((await inAction(api)).code).toBe(1);
    expect(api.issues).toEqual([]);
    api.broken = undefined;
    expect((await inAction(api)).code).toBe(0);
    expect(api.issues).toHaveLength(1);
  });

  it('finds the issue that a process opened which died then', async () => {
    await using api = await startIssuesApi('octo-org/octo-repo');
    await ticked(VALUELESS, VALUELESS, VALUELESS);
    api.issues.push({
      number: 1,
      title: `ship-proof: no-value (runner ${RUNNER})`,
      body: '',
      state: 'open',
      comments: [],
    });
    expect((await inAction(api)).code).toBe(1);
    expect(api.issues).toHaveLength(1);
  });

  it('finds it also where the server’s clock is behind', async () => {
    await using api = await startIssuesApi('octo-org/octo-repo');
    await ticked(VALUELESS, VALUELESS, VALUELESS);
    const title = `ship-proof: no-value (runner ${RUNNER})`;
    const updatedAt = new Date(Date.now() - HOUR_MS / 12).toISOString();
    api.issues.push({ number: 1, title, body: '', state: 'open', comments: [], updatedAt });
    expect((await inAction(api)).code).toBe(1);
    expect(api.issues).toHaveLength(1);
  });

  /** Carries on in the store what the world has written since. */
  async function appendNew(since: number): Promise<void> {
    const { openAt } = await import('../ledger/fixtures.ts');
    await using ledger = await openAt(shop.store, join(shop.path, 'cache'));
    const entries = (await world.entries()).slice(since);
    const { won } = await ledger.commit(await ledger.read(), { entries, records: {}, subject: 'more' });
    expect(won).toBe(true);
  }
});
