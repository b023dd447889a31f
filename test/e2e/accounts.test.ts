import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { published } from '../published.ts';
import { liveFortnight } from '../runner/fortnight.ts';
import { replayInto } from '../runner/replay.ts';
import { openWorld, RUNNER, type World } from '../runner/world.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

const run = (mode: string, ...flags: string[]) => shop.run([mode, '--runner', RUNNER, ...flags]);
const replay = (world: World) => replayInto(shop.store, world, join(shop.path, 'cache'));
const failing = ({ proof }: Awaited<ReturnType<typeof run>>) =>
  proof.checks.filter(({ status }) => status === 'fail').map(({ id }) => id);

const FILES = ['RETROSPECTIVE.md', 'DEMO.md', 'coverage.md', 'totals.json', 'runs/run-log.md'];
const read = (dir: string, file: string) => readFileSync(join(shop.path, dir, file), 'utf8');
const digests = (dir: string) =>
  FILES.map((file) => createHash('sha256').update(read(dir, file)).digest('hex'));

/** A config and a workflow that say where the controls are. */
function configure(): void {
  writeFileSync(
    join(shop.path, 'ship-proof.yml'),
    `version: 1\nrunners:\n  ${RUNNER}:\n    spend-cap: 5.00\n    estimate: 0.40\n    clock-days: 14\n`,
  );
  mkdirSync(join(shop.path, '.github/workflows'), { recursive: true });
  writeFileSync(
    join(shop.path, '.github/workflows/tick.yml'),
    'on:\n  workflow_call:\n    inputs:\n      max-runtime:\n        type: string\njobs:\n  tick:\n    with:\n      max-runtime: 20m\n',
  );
}

describe('the account of a fortnight', () => {
  it('is whole, the same bytes each time, and has nothing left to show', async () => {
    const { world } = await liveFortnight(11);
    await replay(world);
    configure();
    const head = shop.head();
    const first = await run('retrospective', '--dir', 'one', '--verify');
    expect(failing(first)).toEqual([]);
    expect(first).toMatchObject({ code: 0, result: { files: FILES } });
    const second = await run('retrospective', '--dir', 'two');
    expect(second.code).toBe(0);
    expect(digests('two')).toEqual(digests('one'));
    expect(shop.head()).toBe(head);

    const review = read('one', 'RETROSPECTIVE.md');
    for (const words of ['revoked', 'free', 'paid', 'manual-run', '2025-03-03'])
      expect(review).toContain(words);
    expect(read('one', 'coverage.md')).toMatch(
      /\| spend-cap \| spend-cap at `ship-proof\.yml:4`, estimate at `ship-proof\.yml:5` \| drill of spend-cap \| 2025-03-01T/,
    );
    expect(read('one', 'coverage.md')).toContain('max-runtime at `.github/workflows/tick.yml:9`');
    expect(read('one', 'DEMO.md')).toContain(`ship-proof drill --runner ${RUNNER} --control kill-process`);
    const log = read('one', 'runs/run-log.md');
    expect(log).toMatch(/- Day 0: clock started \(2025-03-01\)/);
    expect(log).toMatch(/- Day 0: clock started anew \(2025-03-07\)[^\n]*\n {2}- reset, manual-run/);
    expect(log).toMatch(/- Day 14 \(2025-03-21\)/);
    expect(log).toMatch(
      /incident inc-2: symptom `ticks fail`; trace `401 in the log`; fix `b{40}`; result recovered/,
    );
    // Nothing is missing, so nothing says so but the sentence that explains the words.
    for (const file of FILES) expect(read('one', file), file).not.toMatch(/(?<!this says )NO EVIDENCE/);
    const totals = JSON.parse(read('one', 'totals.json'));
    expect(published('totals').safeParse(totals).error).toBeUndefined();
    expect(totals).toMatchObject({ runner: RUNNER, clock: { state: 'complete' }, gaps: [] });

    // The screen tells the same, and writes nothing.
    const status = await run('status', '--out', 'screen');
    expect(status).toMatchObject({
      code: 0,
      result: { state: 'ok', 'clock-state': 'complete', 'clock-day': 14 },
    });
    expect(shop.head()).toBe(head);
    expect(read('screen', 'status.html')).toContain('Runner digest');
    expect(status.stderr).toMatch(/^status about=clock state=complete day=14 of=14/m);
    expect(read('screen', 'runs/run-log.md')).toContain('- Day 14 (2025-03-21)');
    // One screen.
    expect(status.stderr.trim().split('\n').length).toBeLessThan(24);
  });

  it('ends where it is told to', async () => {
    const { world } = await liveFortnight(11);
    await replay(world);
    configure();
    const answer = await run('retrospective', '--dir', 'week', '--until', '2025-03-05', '--verify');
    expect(answer.code).toBe(1);
    expect(failing(answer)).toEqual(['gap:clock']);
    expect(JSON.parse(read('week', 'totals.json'))).toMatchObject({
      until: '2025-03-05',
      clock: { state: 'running', startedOn: '2025-03-01' },
      incidents: [],
    });
    expect((await run('retrospective', '--since', '2025-03-05', '--until', '2025-03-04')).code).toBe(2);
  });

  it('keeps the author’s roadmap', async () => {
    const world = openWorld(Date.parse('2025-03-01T12:00:00.000Z'));
    await world.tick();
    await replay(world);
    await run('retrospective', '--dir', 'mine');
    const text = read('mine', 'RETROSPECTIVE.md');
    expect(text).toContain('The author has not written it yet.');
    writeFileSync(
      join(shop.path, 'mine/RETROSPECTIVE.md'),
      text
        .replace('The author has not written it yet.', '- more *cheese*\n- less rain')
        .replace('Dollars', 'Pounds'),
    );
    await run('retrospective', '--dir', 'mine');
    expect(read('mine', 'RETROSPECTIVE.md')).toContain('- more *cheese*\n- less rain\n');
    expect(read('mine', 'RETROSPECTIVE.md')).not.toContain('Pounds');
  });

  it('says in capitals what it does not know', async () => {
    const answer = await run('retrospective', '--dir', 'nothing', '--verify');
    expect(answer.code).toBe(1);
    expect(failing(answer)).toEqual([
      'gap:drill:spend-cap',
      'gap:drill:kill-flag',
      'gap:drill:kill-process',
      'gap:clock',
      'gap:watchdog',
      'gap:books:1',
      'gap:configured:spend-cap',
    ]);
    expect(published('totals').safeParse(JSON.parse(read('nothing', 'totals.json'))).error).toBeUndefined();
    for (const file of FILES.filter((name) => name !== 'totals.json'))
      expect(read('nothing', file)).toContain('NO EVIDENCE');
    // Without `verify` it is an account, and says the same.
    const told = await run('retrospective', '--dir', 'nothing');
    expect(told.code).toBe(0);
    expect(told.proof.checks.filter(({ status }) => status === 'warn')).toHaveLength(7);
  });

  it('names each gap: an open incident, one without a fix, a tick without an end, an entry by hand', async () => {
    const { world } = await liveFortnight(11);
    await world.incident({ title: 'one more' });
    await world.tick({ slotMs: null, end: 'dies' });
    world.clock.ms += 86_400_000;
    await world.write({ kind: 'tick-started', runner: RUNNER });
    await replay(world);
    configure();
    const answer = await run('retrospective', '--dir', 'gaps', '--verify');
    expect(answer.code).toBe(1);
    expect(failing(answer)).toEqual(['gap:incident:inc-3', 'gap:books:1', 'gap:books:2']);
  });

  it('has no evidence of what nobody told of an incident, until somebody does', async () => {
    const world = openWorld(Date.parse('2025-03-01T12:00:00.000Z'));
    await world.tick();
    await world.incident({ title: 'no mail' });
    await world.incident({ state: 'fixed', fix: 'f'.repeat(40) });
    await world.incident({ state: 'recovered' });
    await replay(world);
    const gap = async () =>
      (await run('retrospective', '--dir', 'told', '--verify')).proof.checks.find(
        ({ id }) => id === 'gap:incident:inc-1',
      );
    expect(await gap()).toMatchObject({
      status: 'fail',
      observed: expect.stringMatching(/--trace, --cause$/),
    });
    const row = () =>
      read('told', 'RETROSPECTIVE.md')
        .split('\n')
        .find((line) => line.startsWith('| inc-1'));
    expect(row()?.match(/NO EVIDENCE/g)).toHaveLength(2);
    const told = await run('incident', '--incident', 'inc-1', '--trace', 'run 7', '--cause', 'a full disk');
    expect(told.code).toBe(0);
    expect(await gap()).toBeUndefined();
    expect(row()).not.toContain('NO EVIDENCE');
  });

  it('takes words for words, in every file', async () => {
    const words = 'a | b <script>alert(1)</script> [x](javascript:alert(1)) `code` ##[error]no';
    const world = openWorld(Date.parse('2025-03-01T12:00:00.000Z'));
    await world.tick();
    await world.incident({ title: words, trace: words, cause: words });
    await replay(world);
    await run('retrospective', '--dir', 'words');
    for (const file of ['RETROSPECTIVE.md', 'runs/run-log.md']) {
      const spans = read('words', file).replace(/`[^`]*`/g, '');
      expect(spans).not.toMatch(/<script|javascript:|##\[/);
    }
    const rows = read('words', 'RETROSPECTIVE.md')
      .split('\n')
      .filter((line) => line.startsWith('| inc-1'));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.split(' | ')).toHaveLength(7);
    expect((await run('status')).stdout).not.toContain('##[');
  });

  it('does not write where a link leads', async () => {
    const outside = join(shop.path, 'outside');
    mkdirSync(outside);
    mkdirSync(join(shop.path, 'dir'));
    const { symlinkSync } = await import('node:fs');
    symlinkSync(outside, join(shop.path, 'dir/runs'));
    expect((await run('retrospective', '--dir', 'dir')).code).toBe(2);
    expect(existsSync(join(outside, 'run-log.md'))).toBe(false);
  });
});
