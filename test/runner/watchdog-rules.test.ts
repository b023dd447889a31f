import { describe, expect, it } from 'vitest';
import type { Cadence } from '../../src/runner/cadence.ts';
import { allowedLateMs, LATE_CEILING_MS, LATE_FLOOR_MS, watch } from '../../src/runner/watchdog.ts';
import { type HandBook, handBook, moment, type TickLine } from './book.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW = moment(9, '12:00');

const found = (write: (book: HandBook) => void, cadence?: Cadence, nowMs = NOW) => {
  const hand = handBook();
  write(hand);
  return watch(hand.book, { ticks: 3, cadence, nowMs });
};
/** Ticks an hour apart, without slots. */
const ticks =
  (...lines: readonly TickLine[]) =>
  (book: HandBook) => {
    for (const [hour, line] of lines.entries())
      book.tick(moment(1, '00:00') + hour * HOUR_MS, { slotMs: null, ...line });
  };
const NOTHING: TickLine = { end: { valueMicros: 0, units: 0 } };

describe('ticks without value', () => {
  const noValue = (count: number, more = '') => [
    { alert: 'no-value', count, says: `${count} ticks in a row brought no value${more}` },
  ];
  const STOPPED: TickLine = { end: { outcome: 'halted', valueMicros: 0, units: 0 } };

  it.each<[string, readonly TickLine[], readonly unknown[]]>([
    ['two are not enough', [NOTHING, NOTHING], []],
    ['three are', [NOTHING, NOTHING, NOTHING], noValue(3)],
    ['those since the last one that brought something', [{}, NOTHING, NOTHING, NOTHING], noValue(3)],
    ['none when the newest brought something', [NOTHING, NOTHING, NOTHING, {}], []],
    ['a value is something', [NOTHING, NOTHING, { end: { valueMicros: 1, units: 0 } }], []],
    ['units are something', [NOTHING, NOTHING, { end: { valueMicros: 0, units: 1 } }], []],
    ['one that still runs is not over', [NOTHING, NOTHING, { is: 'open' }], []],
    [
      'those that were halted, at once or later, are told',
      [STOPPED, {}, NOTHING, { is: 'halted' }, STOPPED],
      noValue(3, ', 2 of them stopped by a control'),
    ],
  ])('%s', (_, lines, findings) => {
    expect(found(ticks(...lines))).toEqual(findings);
  });
});

describe('ticks that died', () => {
  const DIED: TickLine = { end: { outcome: 'lost' } };
  const lost = (count: number, which: string) => [
    { alert: 'lost-tick', count, says: `the newest ${which} died without an end of its own` },
  ];

  it.each<[string, readonly TickLine[], readonly unknown[]]>([
    ['none of none', [], []],
    ['the newest one', [{}, DIED], lost(1, 'tick')],
    ['the newest two', [{}, DIED, DIED], lost(2, '2 ticks')],
    ['not one before a tick that ended', [DIED, { end: { outcome: 'failed' } }], []],
    [
      'still, while the next one runs or was halted',
      [DIED, { is: 'halted' }, { is: 'open' }],
      lost(1, 'tick'),
    ],
  ])('%s', (_, lines, findings) => {
    expect(found(ticks(...lines))).toEqual(findings);
  });
});

it('gaps in the books are odd lines, and ticks that were left without an end', () => {
  const findings = found((book) => {
    ticks({ is: 'open' }, {})(book);
    book.oddity(moment(2));
    book.oddity(moment(2));
  });
  expect(findings).toEqual([
    { alert: 'books-gap', count: 3, says: '3 places in the books are not as this program writes them' },
  ]);
});

/** Every hour, to the minute. */
const HOURLY: Cadence = {
  text: '0 * * * *',
  latest: (atMs) => Math.floor(atMs / HOUR_MS) * HOUR_MS,
  next: (afterMs) => (Math.floor(afterMs / HOUR_MS) + 1) * HOUR_MS,
  between: (fromMs, toMs, most = Number.POSITIVE_INFINITY) => {
    const count = Math.floor(toMs / HOUR_MS) - Math.floor(fromMs / HOUR_MS);
    return Array.from({ length: Math.min(most, Math.max(0, count)) }, (_, n) => fromMs + n * HOUR_MS);
  },
};

describe('slots', () => {
  /** A tick each hour of day 1, so many minutes after its slot. */
  const served =
    (...minutes: readonly number[]) =>
    (book: HandBook) => {
      for (const [hour, minute] of minutes.entries())
        book.tick(moment(1, '00:00') + hour * HOUR_MS + minute * MINUTE_MS);
    };
  const time = (hours: number, minutes: number) => moment(1, '00:00') + hours * HOUR_MS + minutes * MINUTE_MS;
  const missed = (count: number, minutes: number, number = String(count)) => ({
    alert: 'missed-slots',
    count,
    says: `${number} of the cadence's slots passed without a tick, and ${minutes} min after the last one`,
  });
  const late = (minutes: number, usual: number) => ({
    alert: 'late-slots',
    count: 1,
    says: `the newest tick came ${minutes} min after its slot, and ${usual} min are usual here at most`,
  });

  it('are not looked at without a cadence, nor before the first line', () => {
    expect(found(served(5), undefined)).toEqual([]);
    expect(found(() => {}, HOURLY)).toEqual([]);
  });

  it('are missed when the time has passed in which they are served here', () => {
    const regular = served(5, 5, 5, 5, 5, 5);
    expect(found(regular, HOURLY, time(6, 14))).toEqual([]);
    expect(found(regular, HOURLY, time(6, 15))).toEqual([missed(1, 15)]);
    expect(found(regular, HOURLY, time(8, 15))).toEqual([missed(3, 15)]);
  });

  it('are waited for until the next one while too little is known', () => {
    expect(found(served(5, 5, 5, 5), HOURLY, time(4, 59))).toEqual([]);
    expect(found(served(5, 5, 5, 5), HOURLY, time(5, 0))).toEqual([missed(1, 60)]);
  });

  it('count from the first line of a runner that has served none yet', () => {
    expect(found((book) => book.drill(time(0, 30), 'spend-cap'), HOURLY, time(3, 30))).toEqual([
      missed(2, 60),
    ]);
  });

  it('are served by ticks of any kind, but only those on schedule teach how late is usual', () => {
    const write = (book: HandBook) => {
      served(5, 5, 5, 5, 5, 5)(book);
      book.tick(time(6, 50), { trigger: 'manual' });
      book.tick(time(6, 55), { slotMs: null });
    };
    expect(found(write, HOURLY, time(7, 14))).toEqual([]);
    expect(found(write, HOURLY, time(7, 15))).toEqual([missed(1, 15)]);
  });

  it('that nobody named teach nothing', () => {
    const write = (book: HandBook) => {
      served(5, 5, 5, 5)(book);
      book.tick(time(3, 30), { slotMs: null });
    };
    expect(found(write, HOURLY, time(4, 59))).toEqual([]);
    expect(found(write, HOURLY, time(5, 0))).toEqual([missed(1, 60)]);
  });

  it('are counted up to a thousand', () => {
    const runs = served(5, 5, 5, 5, 5);
    expect(found(runs, HOURLY, time(4 + 999, 20))).toEqual([missed(999, 15)]);
    expect(found(runs, HOURLY, time(4 + 1_500, 20))).toEqual([missed(1_000, 15, 'at least 1000')]);
  });

  it('are late only beyond what was usual before', () => {
    expect(found(served(20, 20, 20, 20, 20, 30), HOURLY, time(5, 30))).toEqual([]);
    expect(found(served(20, 20, 20, 20, 20, 31), HOURLY, time(5, 31))).toEqual([late(31, 30)]);
    expect(found(served(20, 20, 20, 20, 20, 31, 20), HOURLY, time(6, 20))).toEqual([]);
  });

  it('of a cadence without a newest one are waited for twelve hours', () => {
    const ahead: Cadence = { ...HOURLY, latest: () => undefined };
    expect(found(served(5), ahead, time(12, 59))).toEqual([]);
    expect(found(served(5), ahead, time(13, 0))).toEqual([missed(1, 720)]);
  });

  it('of a cadence without a next one are waited for twelve hours', () => {
    const over: Cadence = { ...HOURLY, next: () => undefined };
    expect(found(served(5), over, time(12, 59))).toEqual([]);
    expect(found(served(5), over, time(13, 0))).toEqual([missed(1, 720)]);
  });
});

describe('how late is usual', () => {
  const minutes = (...all: number[]) => all.map((minute) => minute * MINUTE_MS);
  const usual = (...all: number[]) => allowedLateMs(minutes(...all), HOUR_MS) / MINUTE_MS;

  it('is half as long again as nine in ten came, in whatever order', () => {
    expect(usual(20, 90, 30, 100, 20, 20, 40, 20, 20, 20)).toBe(135);
    expect(usual(100, 20, 20, 20, 20, 20, 20, 20, 20, 20)).toBe(30);
    expect(usual(20, 20, 20, 20, 100)).toBe(150);
  });

  it('is learned from five, and from fifty of the newest', () => {
    expect(usual(20, 20, 20, 20)).toBe(60);
    expect(usual(20, 20, 20, 20, 20)).toBe(30);
    const newest = Array.from({ length: 50 }, () => 20);
    expect(usual(...Array.from({ length: 50 }, () => 200), ...newest)).toBe(30);
    expect(usual(...Array.from({ length: 6 }, () => 200), ...newest.slice(6))).toBe(300);
  });

  it('has a floor and a ceiling', () => {
    expect(allowedLateMs(minutes(9, 9, 9, 9, 9), HOUR_MS)).toBe(LATE_FLOOR_MS);
    expect(allowedLateMs(minutes(999, 999, 999, 999, 999), HOUR_MS)).toBe(LATE_CEILING_MS);
    expect([LATE_FLOOR_MS, LATE_CEILING_MS]).toEqual([15 * MINUTE_MS, 12 * HOUR_MS]);
  });
});
