import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { statusPage } from '../../src/modes/status/html.ts';
import { runClock } from '../../src/runner/clock.ts';
import type { Book } from '../../src/runner/history.ts';
import { type Status, statusOf } from '../../src/runner/status.ts';
import { sectionsOf } from '../../src/runner/status-sections.ts';
import { noBrowser, readPage } from '../targets/reader.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { liveFortnight } from './fortnight.ts';
import { HOUR_MS, openWorld } from './world.ts';

const PHONE = { width: 360, height: 780 };
const DESKTOP = { width: 1280, height: 1000 };

const HOSTILE = [
  '<script>window.pwned = 1</script>',
  '"><img src=https://evil.example/x onerror="window.pwned = 2">',
  '</style><script>window.pwned = 3</script>',
  '</title><script>window.pwned = 4</script>',
  '<svg onload="window.pwned = 5"></svg>',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '\u202egnp.exe',
];

const statusAt = (book: Book, nowMs: number, more: Partial<Parameters<typeof statusOf>[0]> = {}): Status =>
  statusOf({
    book,
    clock: runClock(book, { days: 14, asOfMs: nowMs }),
    alerts: {},
    hold: undefined,
    nowMs,
    ...more,
  });

const pageOf = (status: Status): string => statusPage(status, sectionsOf(status));

describe('status.html', () => {
  let status: Status;
  beforeAll(async () => {
    const { world } = await liveFortnight(11);
    status = statusAt(await world.book(), world.clock.ms, {
      alerts: { 'no-value': { state: 'raised', since: '2025-03-22T10:00:00.000Z', count: 3, told: true } },
      hold: {
        schemaVersion: 1,
        scope: 'ticks',
        state: 'set',
        reason: 'costs look odd',
        by: { actor: 'github:octocat' },
        at: '2025-03-22T11:00:00.000Z',
      },
    });
  });

  it('reads well and without a request on a phone, a desktop and in the dark', async (context) => {
    const missing = requireOrSkip([], { Chrome: !noBrowser() });
    if (missing) context.skip(missing);
    const reads = await readPage(pageOf(status), [PHONE, DESKTOP, { ...DESKTOP, dark: true }]);
    for (const read of reads) {
      expect(read.violations).toEqual([]);
      expect(read.overflows).toBe(false);
      expect(read.requests).toEqual(['/']);
      for (const words of [
        'Spent, against the cap',
        'Value',
        'Ticks',
        'Day 14 of 14',
        'costs look odd',
        'no-value',
      ])
        expect(read.text).toContain(words);
    }
    keepPicture(reads[0]?.png);
  });

  it('runs no script and asks for nothing, whatever the ledger says', async (context) => {
    const missing = requireOrSkip([], { Chrome: !noBrowser() });
    if (missing) context.skip(missing);
    const text = HOSTILE.join(' ');
    const hostile: Status = {
      ...status,
      runner: text,
      state: 'incident',
      hold: status.hold && { ...status.hold, reason: text, by: { actor: text } },
      incidents: [
        { incident: text, state: 'open', title: text, trace: text, openedAt: '2025-03-20T00:00:00.000Z' },
      ],
      recent: status.recent.map((day) => ({ ...day, day: text })),
      lookedAt: text,
    };
    const [read] = await readPage(pageOf(hostile), [PHONE]);
    expect(read?.pwned).toBeNull();
    expect(read?.requests).toEqual(['/']);
    expect(read?.wanted.filter((url) => !/^http:\/\/127\.0\.0\.1:\d+\/$/.test(url))).toEqual([]);
    expect(read?.text).toContain('<script>window.pwned = 1</script>');
    expect(read?.text).not.toMatch(/\u202e/);
  });

  it('says of a runner without a past that nothing is known', async () => {
    const page = pageOf(statusAt(await openWorld(0).book(), 0));
    expect(page).toContain('nothing is known of it yet');
    expect(page).toContain('The clock does not run.');
    expect(page).not.toContain('NaN');
  });
});

describe('the state of a runner', () => {
  const START = Date.parse('2025-03-01T12:00:00.000Z');
  const stateOf = async (
    world: ReturnType<typeof openWorld>,
    more: Partial<Parameters<typeof statusOf>[0]> = {},
  ) => {
    const book = await world.book();
    const clock = runClock(book, { days: 14, asOfMs: world.clock.ms });
    return statusOf({ book, clock, alerts: {}, hold: undefined, nowMs: world.clock.ms, ...more }).state;
  };

  it('says that the cap is reached also where something worse is wrong', async () => {
    const world = openWorld(START);
    await world.tick({ slotMs: null, estimateMicros: 6_000_000 });
    const capped = statusAt(await world.book(), world.clock.ms, {
      alerts: { 'no-value': { state: 'raised', since: '', count: 3, told: true } },
    });
    expect(capped.state).toBe('alert');
    const controls = sectionsOf(capped).find(({ name }) => name === 'controls');
    expect(controls).toMatchObject({ tone: 'doubt', facts: { cap: 'reached' } });
  });

  it('is the worst that is true of it', async () => {
    const world = openWorld(START);
    expect(await stateOf(world)).toBe('unknown');
    await world.tick();
    expect(await stateOf(world)).toBe('ok');
    await world.tick({ slotMs: null, end: 'dies' });
    expect(await stateOf(world)).toBe('running');
    world.clock.ms += 2 * HOUR_MS;
    await world.tick({ slotMs: null, estimateMicros: 6_000_000 });
    expect(await stateOf(world)).toBe('capped');
    await world.incident({ title: 'no mail' });
    expect(await stateOf(world)).toBe('incident');
    const alerts = { 'no-value': { state: 'raised', since: '', count: 3, told: true } } as const;
    expect(await stateOf(world, { alerts })).toBe('alert');
    expect(await stateOf(world, { alerts, hold: {} as never })).toBe('held');
  });

  it('counts the money of a tick that is still open as spent', async () => {
    const world = openWorld(START);
    await world.tick();
    await world.tick({ slotMs: null, end: 'dies' });
    const status = statusAt(await world.book(), world.clock.ms);
    expect(sectionsOf(status)[0]).toMatchObject({ name: 'today', facts: { spent: '$0.65', cap: '$5.00' } });
  });
});

/** The picture in the docs, made anew when it is asked for. */
function keepPicture(png: Buffer | undefined): void {
  const path = fileURLToPath(new URL('../../docs/assets/status.png', import.meta.url));
  if (process.env.SHIP_PROOF_PICTURES === '1' && png) {
    mkdirSync(fileURLToPath(new URL('../../docs/assets/', import.meta.url)), { recursive: true });
    writeFileSync(path, png);
  }
  // PNG's own first bytes.
  expect([...readFileSync(path).subarray(1, 4)].map((code) => String.fromCharCode(code)).join('')).toBe(
    'PNG',
  );
}
