import type { Clock } from './clock.ts';
import type { Book } from './history.ts';
import { leftOpen } from './history-ticks.ts';
import type { IncidentStory } from './incident-story.ts';

/** Something that the account of a run lacks. Words, names and numbers are our own. */
export interface Gap {
  /** Stable for the same question: `drill:spend-cap`, `clock`, `incident:inc-2`, `books:1`. */
  readonly id: string;
  readonly expected: string;
  readonly observed: string;
  /** What to do. */
  readonly detail: string;
}

const MOST_ODDITIES = 20;

/** What is missing until a run is done: none of it may be guessed, so each is named. */
export function gapsOf(
  book: Book,
  clock: Clock,
  stories: readonly IncidentStory[],
  asOfMs: number,
): readonly Gap[] {
  return [
    ...drillGaps(book, clock),
    ...clockGaps(clock),
    ...stories.flatMap((story) => storyGaps(book, story)),
    ...lookGaps(book),
    ...bookGaps(book, asOfMs),
  ];
}

const drillGaps = ({ runner }: Book, { lacks }: Clock): Gap[] =>
  lacks.map((control) => ({
    id: `drill:${control}`,
    expected: `a drill of ${control} that passed with the present config`,
    observed: 'none',
    detail: `Run \`ship-proof drill --runner ${runner} --control ${control}\`.`,
  }));

function clockGaps({ state, day, days, lacks, startedOn }: Clock): Gap[] {
  if (state === 'complete') return [];
  return [
    {
      id: 'clock',
      expected: `a clock that ran for ${days} days`,
      observed: state === 'waiting' ? 'it does not run' : `day ${day} of ${days}, since ${startedOn}`,
      detail:
        lacks.length > 0
          ? 'It starts when the drills have passed.'
          : 'Leave the runner alone until it has run out.',
    },
  ];
}

function storyGaps({ runner }: Book, story: IncidentStory): Gap[] {
  const { incident, state, trace, cause, fix } = story;
  const inputs = Object.entries({ trace, cause, fix }).flatMap(([name, told]) =>
    told === undefined ? [`--${name}`] : [],
  );
  if (state !== 'recovered') inputs.push('--state recovered');
  if (inputs.length === 0) return [];
  return [
    {
      id: `incident:${incident}`,
      expected: 'its trace, its cause, a fix with a link, and its recovery',
      observed: `${state}, and nothing told by ${inputs.join(', ')}`,
      detail: `Say \`ship-proof incident --runner ${runner} --incident ${incident}\` with ${inputs.join(', ')}${state === 'open' ? ': first the fix, then the recovery' : ''}.`,
    },
  ];
}

const lookGaps = ({ runner, lastLook }: Book): Gap[] =>
  lastLook
    ? []
    : [
        {
          id: 'watchdog',
          expected: 'a look of the watchdog',
          observed: 'none',
          detail: `It looks after each tick, and by \`ship-proof status --runner ${runner} --watchdog\`.`,
        },
      ];

function bookGaps({ ticks, oddities }: Book, asOfMs: number): Gap[] {
  const open = leftOpen(ticks, asOfMs);
  const found = [
    ...(ticks.length === 0 ? ['no tick at all'] : []),
    ...open.map(({ number }) => `tick ${number} has no end`),
    ...oddities.map(({ what, at }) => `${what} (${at})`),
  ];
  const shown = found.slice(0, MOST_ODDITIES);
  if (found.length > shown.length) shown.push(`${found.length - shown.length} more`);
  return shown.map((observed, index) => ({
    id: `books:${index + 1}`,
    expected: 'books without a gap',
    observed,
    detail:
      'Look into the ledger (`git log` of its ref) for who wrote that; `audit` tells whether it was rewritten.',
  }));
}
