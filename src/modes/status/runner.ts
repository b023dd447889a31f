import { readHold } from '../../holds/hold.ts';
import type { Check } from '../../proof/schema.ts';
import { readAlerts } from '../../runner/alerts.ts';
import { runClock } from '../../runner/clock.ts';
import { runLogOf } from '../../runner/run-log.ts';
import { type Status, statusOf } from '../../runner/status.ts';
import { sectionsOf } from '../../runner/status-sections.ts';
import { runLogText } from '../retrospective/run-log.ts';
import { readBook } from './book.ts';
import { deploySections } from './deploys.ts';
import { statusPage } from './html.ts';
import { look, type Place, sectionsAsJson, type Told } from './told.ts';

interface Given {
  readonly runner: string;
  readonly environment: string;
  readonly 'clock-days': number;
}

/** How a runner stands, and the deploys beside it. The clock's days are kept with the evidence. */
export async function tellRunner(place: Place, given: Given): Promise<Told> {
  const { runner, environment } = given;
  const book = await readBook(place.ledger, runner);
  const at = await look(place, async (snapshot, moment) => ({
    alerts: await readAlerts(snapshot, runner),
    hold: await readHold(snapshot, 'ticks'),
    deploys: await deploySections(snapshot, environment, moment),
    nowMs: moment.writtenMs,
  }));
  const { alerts, hold, deploys, nowMs } = at.verdict;
  const clock = runClock(book, { days: given['clock-days'], asOfMs: nowMs });
  const status = statusOf({ book, clock, alerts, hold, nowMs });
  const sections = [...sectionsOf(status), ...deploys];
  const runLog = runLogOf(book, clock, status.incidents);
  return {
    subject: { runner },
    checks: [readCheck(status)],
    standing: standing(status),
    result: {
      state: status.state,
      'clock-state': clock.state,
      'clock-day': clock.day,
      sections: sectionsAsJson(sections),
    },
    sections,
    files: {
      'status.html': statusPage(status, sections),
      'runs/run-log.md': runLogText({ book, clock, runLog, asOf: status.asOf }),
    },
    at,
  };
}

const readCheck = ({ runner, state }: Status): Check => ({
  id: 'read',
  status: 'pass',
  title: `the books of ${runner} were read`,
  expected: 'a whole history',
  observed: state,
});

/** Without the watchdog nothing is judged anew; what it raised is said. */
const standing = ({ alerts }: Status): Check[] =>
  Object.entries(alerts)
    .filter(([, alert]) => alert.state === 'raised')
    .map(([name, { count, since }]) => ({
      id: `watchdog:${name}`,
      status: 'warn',
      title: `the alert ${name} is not raised`,
      expected: 'none',
      observed: `${count} since ${since}`,
    }));
