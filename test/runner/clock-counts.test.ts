import { describe, expect, it } from 'vitest';
import { clockOf, type HandBook, marks, moment } from './book.ts';

const on = (day: number) => `2026-03-0${day}`;

describe('a day counts', () => {
  const second = (write: (book: HandBook) => void, asOfMs = moment(2, '12:00')) => {
    const clock = clockOf((book) => {
      book.drills(moment(1));
      book.tick(moment(1, '09:10'));
      write(book);
    }, asOfMs);
    return marks(clock);
  };

  it.each<[string, string, (book: HandBook) => void, number?]>([
    ['when its tick has passed', 'counted 1', (book) => book.tick(moment(2)), moment(2, '09:01')],
    ['not before that', 'open 1', (book) => book.tick(moment(2), { tookMs: 60_001 }), moment(2, '09:01')],
    ['not when it failed', 'open 1', (book) => book.tick(moment(2), { end: { outcome: 'failed' } })],
    ['not while it is open', 'open 1', (book) => book.tick(moment(2), { is: 'open' })],
    ['not without a slot', 'open 1', (book) => book.tick(moment(2), { slotMs: null })],
    [
      'not for a slot that was served the day before',
      'open 1',
      (book) => book.tick(moment(2, '08:00'), { slotMs: moment(1) }),
    ],
    [
      'not for a slot that a tick which failed was for',
      'open 1',
      (book) => {
        book.tick(moment(2), { end: { outcome: 'failed' } });
        book.tick(moment(2, '09:30'));
      },
    ],
    [
      'when a later slot was served',
      'counted 1',
      (book) => {
        book.tick(moment(2), { end: { outcome: 'failed' } });
        book.tick(moment(2, '10:00'));
      },
    ],
  ])('%s', (_, mark, write, asOfMs) => {
    expect(second(write, asOfMs)).toBe(`start 0, ${mark}`);
  });

  it('as of a moment: what happens at it is seen, and nothing later', () => {
    const manual = (book: HandBook) => book.tick(moment(2), { trigger: 'manual' });
    expect(second(manual, moment(2))).toBe('start 0, reset 0');
    expect(second(manual, moment(2) - 1)).toBe('start 0, open 1');
  });
});

it('a day before the last one begins anew also by what comes after its tick', () => {
  const clock = clockOf(
    (book) => {
      book.drills(moment(1));
      book.tick(moment(1));
      book.tick(moment(2));
      book.tick(moment(2, '10:00'), { trigger: 'manual' });
    },
    moment(2, '12:00'),
  );
  expect(clock).toMatchObject({ state: 'running', day: 0, startedOn: on(2) });
  expect(marks(clock)).toBe('start 0, reset 0');
});

describe('the last day', () => {
  const last = (write: (book: HandBook) => void) =>
    clockOf(
      (book) => {
        book.drills(moment(1));
        book.tick(moment(1));
        write(book);
      },
      moment(2, '18:00'),
      1,
    );

  it('is out with its first tick that passed, whatever comes later', () => {
    const clock = last((book) => {
      book.tick(moment(2));
      book.tick(moment(2, '10:00'), { trigger: 'manual', config: 'b' });
      book.tick(moment(2, '11:00'));
    });
    expect(clock).toMatchObject({ state: 'complete', day: 1, completedOn: on(2), config: 'a', resets: [] });
  });

  it('is begun anew by a line that makes that very end doubtful', () => {
    const clock = last((book) => {
      book.tick(moment(2));
      book.oddity(moment(2, '09:01'), 'newest');
    });
    expect(clock).toMatchObject({ state: 'running', day: 0, completedOn: undefined });
    expect(clock.resets.map(({ reason }) => reason)).toEqual(['hand-made']);
  });

  it('once begun anew, is looked at to its end', () => {
    const clock = last((book) => {
      book.tick(moment(2, '08:00'), { trigger: 'manual' });
      book.tick(moment(2));
      book.tick(moment(2, '10:00'), { config: 'b' });
    });
    expect(clock.resets.map(({ reason }) => reason)).toEqual(['manual-run', 'config-changed']);
    expect(clock).toMatchObject({ state: 'waiting', config: 'b' });
  });

  it('of a clock that has not started is none: drills after its tick start it', () => {
    const clock = clockOf(
      (book) => {
        book.tick(moment(1));
        book.drills(moment(1, '10:00'));
      },
      moment(1, '12:00'),
      1,
    );
    expect(clock).toMatchObject({ state: 'running', startedOn: on(1), completedOn: undefined });
  });
});
