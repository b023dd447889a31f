import { describe, expect, it } from 'vitest';
import { parseFix } from '../../src/runner/incident-link.ts';
import { storiesOf } from '../../src/runner/incident-story.ts';
import { MINUTE_MS, openWorld } from './world.ts';

const START = Date.parse('2026-03-01T00:00:00.000Z');
const FIX = 'f'.repeat(40);

describe('an incident', () => {
  it('goes from its symptom to its end, and the ledger has the way', async () => {
    const world = openWorld(START);
    expect(await world.incident({ title: 'no mail', trace: 'run 7' })).toMatchObject({
      said: 'written',
      record: { incident: 'inc-1', state: 'open' },
    });
    world.clock.ms += MINUTE_MS;
    await world.incident({ state: 'fixed', cause: 'a full disk', fix: FIX });
    world.clock.ms += MINUTE_MS;
    await world.incident({ state: 'recovered' });
    expect(storiesOf((await world.book()).incidents)).toEqual([
      {
        incident: 'inc-1',
        state: 'recovered',
        title: 'no mail',
        trace: 'run 7',
        cause: 'a full disk',
        fix: FIX,
        openedAt: '2026-03-01T00:00:00.000Z',
        fixedAt: '2026-03-01T00:01:00.000Z',
        recoveredAt: '2026-03-01T00:02:00.000Z',
      },
    ]);
  });

  it('writes nothing when it is told what it knows, at every step', async () => {
    const world = openWorld(START);
    for (const command of [
      { title: 'no mail' },
      { state: 'fixed', fix: FIX },
      { state: 'recovered' },
    ] as const) {
      expect(await world.incident(command)).toMatchObject({ said: 'written' });
      const before = (await world.entries()).length;
      expect(await world.incident(command)).toMatchObject({
        said: 'known',
      });
      expect((await world.entries()).length).toBe(before);
    }
  });

  it('is not fixed, and does not recover, without a linked fix', async () => {
    const world = openWorld(START);
    await world.incident({ title: 'no mail' });
    for (const state of ['fixed', 'recovered'] as const) {
      expect(await world.incident({ state })).toMatchObject({
        said: 'refused',
        why: expect.stringContaining('link'),
      });
    }
  });

  it('does not recover before it is fixed', async () => {
    const world = openWorld(START);
    await world.incident({ title: 'no mail' });
    expect(await world.incident({ state: 'recovered', fix: FIX })).toMatchObject({ said: 'refused' });
  });

  it('that comes back is another one, and what is over stays as it was told', async () => {
    const world = openWorld(START);
    await world.incident({ title: 'no mail', trace: 'run 7' });
    await world.incident({ state: 'fixed', fix: FIX });
    await world.incident({ state: 'recovered' });
    for (const change of [{ trace: 'later' }, { title: 'none' }, { fix: 'a'.repeat(40), cause: 'rain' }])
      expect(await world.incident({ incident: 'inc-1', ...change })).toMatchObject({ said: 'refused' });
    expect(await world.incident({ title: 'no mail' })).toMatchObject({ record: { incident: 'inc-2' } });
  });

  it('can be told to its end after it was over', async () => {
    const world = openWorld(START);
    await world.incident({ title: 'no mail' });
    await world.incident({ state: 'fixed', fix: FIX });
    await world.incident({ state: 'recovered' });
    expect(await world.incident({ incident: 'inc-1', cause: 'rain' })).toMatchObject({ said: 'written' });
    const [story] = storiesOf((await world.book()).incidents);
    expect(story).toMatchObject({
      state: 'recovered',
      cause: 'rain',
      recoveredAt: '2026-03-01T00:00:00.000Z',
    });
    expect((await world.book()).oddities).toEqual([]);
  });

  it('has to be named where several are not over', async () => {
    const world = openWorld(START);
    await world.incident({ title: 'one' });
    await world.incident({ title: 'two' });
    expect(await world.incident({ state: 'fixed', fix: FIX })).toMatchObject({ said: 'refused' });
    expect(await world.incident({ title: 'two', state: 'fixed', fix: FIX })).toMatchObject({
      record: { incident: 'inc-2', state: 'fixed' },
    });
    expect(await world.incident({ incident: 'inc-3' })).toMatchObject({ said: 'refused' });
  });

  it('keeps its state when more is told of it', async () => {
    const world = openWorld(START);
    await world.incident({ title: 'one' });
    await world.incident({ state: 'fixed', fix: FIX });
    expect(await world.incident({ cause: 'rain' })).toMatchObject({
      record: { state: 'fixed', cause: 'rain' },
    });
  });

  it('is numbered on, beyond ten', async () => {
    const world = openWorld(START);
    for (let n = 1; n <= 11; n += 1) await world.incident({ title: `number ${n}` });
    expect(await world.incident({ title: 'another' })).toMatchObject({ record: { incident: 'inc-12' } });
  });
});

describe('a fix', () => {
  it.each([
    ['a1b2c3d', { kind: 'commit', sha: 'a1b2c3d' }],
    ['#12', { kind: 'pull', number: 12 }],
    ['https://github.com/o/r/pull/12/files#x', { page: '/pull/12', api: '/pulls/12', repository: 'o/r' }],
    ['https://git.example/o/r/actions/runs/9/job/1', { page: '/actions/runs/9', api: '/actions/runs/9' }],
    ['http://127.0.0.1:8/o/r/commit/a1b2c3d', { page: '/commit/a1b2c3d', origin: 'http://127.0.0.1:8' }],
  ])('%s is understood', (text, link) => {
    expect(parseFix(text)).toMatchObject(link);
  });

  it.each([
    '',
    'abc',
    '-x',
    '--upload-pack=x',
    '#0',
    'restarted it',
    'http://github.com/o/r/pull/1',
    'https://u:p@github.com/o/r/pull/1',
    'https://github.com/o/r/pull/x',
    'https://github.com/o/r/issues/1',
    'javascript:alert(1)',
    `https://git.example/${'o'.repeat(300)}/r/pull/1`,
  ])('%j is none', (text) => {
    expect(parseFix(text)).toBeUndefined();
  });

  it('may be as long as what its reader takes', async () => {
    const world = openWorld(START);
    const page = (length: number) => `https://git.example/${'o'.repeat(length)}/r/pull/1`;
    const fix = page(300 - page(0).length);
    expect(parseFix(fix)).toMatchObject({ page: '/pull/1' });
    await world.incident({ title: 'no mail' });
    await world.incident({ state: 'fixed', fix });
    const { incidents, oddities } = await world.book();
    expect(incidents).toHaveLength(2);
    expect(oddities).toEqual([]);
  });
});
