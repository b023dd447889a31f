import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../src/runner/entries.ts';
import { clockOf, type HandBook, iso, marks, moment } from './book.ts';

const on = (day: number) => `2026-03-0${day}`;
const reset = (atMs: number, reason: string, detail: string) => ({
  at: iso(atMs),
  day: iso(atMs).slice(0, 10),
  reason,
  detail,
});
describe('a clock of three days', () => {
  it('waits while nothing is known', () => {
    expect(clockOf(() => {}, moment(1))).toEqual({
      state: 'waiting',
      day: 0,
      days: 3,
      startedOn: undefined,
      completedOn: undefined,
      config: undefined,
      lacks: [...CONTROLS],
      resets: [],
      calendar: [],
    });
  });

  it('starts with the last drill, counts each day with a tick, and is out with the third', () => {
    const clock = clockOf((book) => {
      book.tick(moment(1));
      book.tick(moment(2));
      book.drills(moment(2, '10:00'));
      for (const day of [3, 4, 5, 6]) book.tick(moment(day));
    }, moment(7));
    expect(clock).toEqual({
      state: 'complete',
      day: 3,
      days: 3,
      startedOn: on(2),
      completedOn: on(5),
      config: 'a',
      lacks: [],
      resets: [],
      calendar: [
        { day: on(1), mark: 'supervised', number: null },
        { day: on(2), mark: 'start', number: 0 },
        { day: on(3), mark: 'counted', number: 1 },
        { day: on(4), mark: 'counted', number: 2 },
        { day: on(5), mark: 'counted', number: 3 },
        { day: on(6), mark: 'after', number: null },
        { day: on(7), mark: 'after', number: null },
      ],
    });
  });

  it('begins anew on a missed day, from its midnight on', () => {
    const write = (book: HandBook) => {
      book.drills(moment(1));
      book.tick(moment(1));
      book.tick(moment(2));
    };
    const open = clockOf(write, moment(3, '23:59'));
    expect(open).toMatchObject({ state: 'running', day: 1, startedOn: on(1), resets: [] });
    expect(marks(open)).toBe('start 0, counted 1, open 2');
    const missed = clockOf(write, moment(4, '00:00'));
    expect(missed).toMatchObject({
      state: 'running',
      day: 0,
      startedOn: on(3),
      resets: [{ at: iso(moment(4, '00:00')), day: on(3), reason: 'missed-day' }],
    });
    expect(marks(missed)).toBe('start 0, counted 1, reset 0, open 1');
  });
});

/** Two days run, and then something happens at ten on the third. */
describe.each<[string, (book: HandBook, at: number) => void, string, string]>([
  [
    'a tick by hand',
    (book, at) => book.tick(at, { trigger: 'manual' }),
    'manual-run',
    'tick 3 was started by hand',
  ],
  ['a re-run', (book, at) => book.tick(at, { trigger: 'rerun' }), 're-run', 'tick 3 was a re-run'],
  [
    'a tick of another origin',
    (book, at) => book.tick(at, { origin: 'host' }),
    'hand-made',
    'tick 3 was written by a host, the others by github',
  ],
  ['a line of somebody else', (book, at) => book.oddity(at), 'hand-made', 'a line of somebody else'],
  [
    'a drill that fails and then passes',
    (book, at) => {
      book.drill(at, 'spend-cap', { outcome: 'failed' });
      book.drill(at, 'spend-cap');
    },
    'drill-failed',
    'the drill of spend-cap failed',
  ],
])('%s', (_, happen, reason, detail) => {
  it('makes its day the new day 0, and the next one counts', () => {
    const at = moment(3, '10:00');
    const clock = clockOf(
      (book) => {
        book.drills(moment(1));
        book.tick(moment(1));
        book.tick(moment(2));
        happen(book, at);
        book.tick(moment(4), { origin: reason === 'hand-made' ? 'host' : 'github' });
      },
      moment(4, '12:00'),
    );
    expect(clock).toMatchObject({ state: 'running', day: 1, startedOn: on(3), config: 'a', lacks: [] });
    expect(clock.resets).toEqual([reset(at, reason, detail)]);
    expect(marks(clock)).toBe('start 0, counted 1, reset 0, counted 1');
  });

  it('changes nothing while no clock runs', () => {
    const clock = clockOf(
      (book) => {
        happen(book, moment(1));
        book.drills(moment(2));
      },
      moment(2, '12:00'),
    );
    expect(clock).toMatchObject({ state: 'running', startedOn: on(2), resets: [] });
    expect(marks(clock)).toBe('supervised, start 0');
  });
});

describe('the config', () => {
  it('stops the clock when a tick ran with another one, until that is drilled', () => {
    const write = (book: HandBook) => {
      book.drills(moment(1));
      book.tick(moment(1));
      book.tick(moment(2), { config: 'b' });
      book.tick(moment(3), { config: 'b' });
    };
    const resets = [reset(moment(2), 'config-changed', 'tick 2 ran with another config')];
    const stopped = clockOf(write, moment(3, '12:00'));
    expect(stopped).toMatchObject({ state: 'waiting', day: 0, config: 'b', lacks: [...CONTROLS], resets });
    expect(stopped.startedOn).toBeUndefined();
    expect(marks(stopped)).toBe('start 0, reset, supervised');
    const drilled = clockOf(
      (book) => {
        write(book);
        book.drills(moment(4), 'b');
      },
      moment(4, '12:00'),
    );
    expect(drilled).toMatchObject({ state: 'running', startedOn: on(4), config: 'b', lacks: [], resets });
    expect(marks(drilled)).toBe('start 0, reset, supervised, start 0');
  });

  it('is the drilled one before the first tick, and another drill stops the clock that it started', () => {
    const clock = clockOf(
      (book) => {
        book.drills(moment(1));
        book.drill(moment(1, '23:00'), 'kill-flag', { config: 'b' });
        book.drills(moment(2), 'b');
        book.drill(moment(3), 'spend-cap', { config: 'c' });
      },
      moment(3, '12:00'),
    );
    expect(clock).toMatchObject({ state: 'waiting', config: 'c', lacks: ['kill-flag', 'kill-process'] });
    // On day 1 no clock had run the day before, and none was begun anew.
    expect(clock.resets).toEqual([
      reset(moment(3), 'config-changed', 'the drill of spend-cap was with another config'),
    ]);
    expect(marks(clock)).toBe('supervised, start 0, reset');
  });

  it('may be drilled again before the first tick', () => {
    const clock = clockOf(
      (book) => {
        book.drills(moment(1));
        book.drill(moment(2), 'spend-cap');
        book.tick(moment(2, '10:00'));
      },
      moment(2, '12:00'),
    );
    expect(clock).toMatchObject({ state: 'running', day: 1, startedOn: on(1), resets: [] });
  });

  it('is that of the ticks once there is one: drills of another one, passed or failed, are for later', () => {
    const clock = clockOf(
      (book) => {
        book.drills(moment(1));
        book.tick(moment(1));
        book.drills(moment(2), 'b');
        book.drill(moment(2), 'spend-cap', { config: 'b', outcome: 'failed' });
        book.tick(moment(2));
      },
      moment(2, '12:00'),
    );
    expect(clock).toMatchObject({ state: 'running', day: 1, config: 'a', lacks: [], resets: [] });
  });

  it('lacks what its newest drill has failed', () => {
    const clock = clockOf(
      (book) => {
        book.drills(moment(1));
        book.tick(moment(1));
        book.drill(moment(2), 'kill-process', { outcome: 'failed' });
        book.drill(moment(2), 'spend-cap', { outcome: 'inconclusive' });
        book.tick(moment(2));
      },
      moment(2, '12:00'),
    );
    expect(clock).toMatchObject({ state: 'waiting', day: 0, lacks: ['kill-process'] });
    expect(clock.resets).toEqual([reset(moment(2), 'drill-failed', 'the drill of kill-process failed')]);
    expect(marks(clock)).toBe('start 0, reset');
  });
});

describe('the origin of the ticks', () => {
  const running = (book: HandBook) => {
    book.drills(moment(1));
    book.tick(moment(1));
  };

  it('is that of the newest tick of the day on which the clock started', () => {
    const write = (book: HandBook) => {
      running(book);
      book.tick(moment(1, '10:00'), { origin: 'host' });
    };
    const next = (origin: string) =>
      clockOf(
        (book) => {
          write(book);
          book.tick(moment(2), { origin });
        },
        moment(2, '12:00'),
      );
    expect(next('host')).toMatchObject({ day: 1, resets: [] });
    expect(next('github').resets).toMatchObject([
      { detail: 'tick 3 was written by a github, the others by host' },
    ]);
  });

  it('may change with a missed day', () => {
    const clock = clockOf(
      (book) => {
        running(book);
        book.tick(moment(3), { origin: 'host' });
      },
      moment(3, '12:00'),
    );
    expect(clock.resets.map(({ reason }) => reason)).toEqual(['missed-day']);
    expect(clock).toMatchObject({ day: 1, startedOn: on(2) });
  });

  it('may change once a day that begins anew, and not twice', () => {
    const clock = clockOf(
      (book) => {
        running(book);
        book.tick(moment(2, '08:00'), { trigger: 'manual', origin: 'host' });
        book.tick(moment(2, '09:00'), { origin: 'host' });
        book.tick(moment(2, '10:00'));
      },
      moment(2, '12:00'),
    );
    expect(clock.resets.map(({ detail }) => detail)).toEqual([
      'tick 2 was started by hand',
      'tick 4 was written by a github, the others by host',
    ]);
    expect(marks(clock)).toBe('start 0, reset 0');
  });
});
