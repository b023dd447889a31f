import type { IncidentStory } from '../../runner/incident-story.ts';
import type { Account } from '../../runner/retrospective.ts';
import type { RunLogDay } from '../../runner/run-log.ts';
import { dollars } from '../../runner/totals.ts';
import { document, NO_EVIDENCE, words } from './words.ts';

/** runs/run-log.md: a line for each day of the clock, and under it what went wrong on that day. */
export function runLogText({
  book,
  clock,
  runLog,
  asOf,
}: Pick<Account, 'book' | 'clock' | 'runLog' | 'asOf'>): string {
  const state = {
    waiting: `the clock does not run${clock.lacks.length > 0 ? `: no passed drill of ${clock.lacks.join(', ')}` : ''}`,
    running: `day ${clock.day} of ${clock.days}, since ${clock.startedOn}`,
    complete: `all ${clock.days} days, from ${clock.startedOn} to ${clock.completedOn}`,
  }[clock.state];
  return document([
    `# Run log of ${book.runner}`,
    '',
    `As of ${asOf}: ${state}.`,
    '',
    ...(runLog.length === 0
      ? [`${NO_EVIDENCE}: nothing was written about this runner`]
      : runLog.flatMap(dayLines)),
  ]);
}

function dayLines(day: RunLogDay): string[] {
  const { sums } = day;
  const did =
    sums.ticks === 0
      ? 'no tick'
      : `${sums.ticks} ${sums.ticks === 1 ? 'tick' : 'ticks'}, ${sums.passed} passed; ${dollars(sums.usdInMicros)} spent, ${dollars(sums.valueMicros)} of value`;
  return [
    `- ${titleOf(day)} (${day.day}): ${did}`,
    ...day.resets.map(({ reason, detail }) => `  - reset, ${reason}: ${detail}`),
    ...day.alerts.map((alert) => `  - ${alert}`),
    ...day.incidents.map(incidentLine),
  ];
}

function titleOf({ mark, number }: RunLogDay): string {
  switch (mark) {
    case 'start':
      return 'Day 0: clock started';
    case 'reset':
      return number === null ? 'Clock stopped' : 'Day 0: clock started anew';
    case 'counted':
      return `Day ${number}`;
    case 'open':
      return `Day ${number}, not over`;
    case 'supervised':
      return 'Supervised';
    case 'after':
      return 'After the clock';
  }
}

const incidentLine = ({ incident, title, trace, fix, recoveredAt }: IncidentStory): string =>
  `  - incident ${incident}: symptom ${words(title)}; trace ${words(trace)}; fix ${words(fix)}; result ${recoveredAt === undefined ? NO_EVIDENCE : `recovered at ${recoveredAt}`}`;
