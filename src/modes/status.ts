import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readHold } from '../holds/hold.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { transact } from '../ledger/transact.ts';
import { conclude } from '../proof/proof.ts';
import type { Check, Json } from '../proof/schema.ts';
import { replace } from '../report/files.ts';
import { readAlerts } from '../runner/alerts.ts';
import { runClock } from '../runner/clock.ts';
import type { Book } from '../runner/history.ts';
import { runLogOf } from '../runner/run-log.ts';
import { type Status, statusOf } from '../runner/status.ts';
import { type StatusSection, sectionsOf } from '../runner/status-sections.ts';
import { moments } from './claims/transaction.ts';
import { commonInputs } from './common.ts';
import { flag } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { environmentInput } from './phase/inputs.ts';
import { runLogText } from './retrospective/run-log.ts';
import { readBook } from './status/book.ts';
import { deploySections } from './status/deploys.ts';
import { statusPage } from './status/html.ts';
import { accountInputs } from './status/inputs.ts';
import { ledgerFields, openStore, storeInputs, transactOptions } from './store.ts';
import { tickInputs } from './tick/inputs.ts';
import { lookAfter } from './watchdog/look.ts';

const input = z.strictObject({
  ...accountInputs,
  environment: environmentInput.describe('Whose deploys are shown.'),
  watchdog: flag()
    .prefault(false)
    .describe('Look for ticks without value and for missed slots first, and tell of what is new.'),
  'watchdog-ticks': tickInputs['watchdog-ticks'],
  cadence: tickInputs.cadence,
  ...storeInputs,
  ...commonInputs,
});

export const mode = defineMode({
  name: 'status',
  summary: 'Tells how a runner stands; with `watchdog` it looks after it first, and fails on a new alert.',
  input,
  section: 'runners',
  sectionBy: 'runner',
  outputs: { state: 'held, alert, incident, capped, running, ok or unknown: the first that is true' },
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    await using ledger = await openStore(given, ports, given.watchdog);
    const looked = given.watchdog ? await lookAfter(ledger, given, ports) : undefined;
    const { status, book, sections, records } = await readStatus(ledger, given, ports);
    for (const { name, facts } of sections) ports.log.event({ about: name, ...facts });
    if (given.out !== undefined) await writeFiles(given.out, status, book, sections);
    return conclude({
      mode: 'status',
      startedAtMs,
      endedAtMs: ports.clock.now(),
      subject: { runner: given.runner },
      checks: [readCheck(status), ...(looked?.checks ?? standing(status))],
      result: resultOf(status, sections),
      ledger: ledgerFields(ledger, records),
    });
  },
});

/** The page for people, and the clock's days, which are kept with the evidence. */
async function writeFiles(
  out: string,
  status: Status,
  book: Book,
  sections: readonly StatusSection[],
): Promise<void> {
  await replace(join(out, 'status.html'), statusPage(status, sections));
  await mkdir(join(out, 'runs'), { recursive: true });
  const { clock, asOf } = status;
  const runLog = runLogOf(book, clock, status.incidents);
  await replace(join(out, 'runs/run-log.md'), runLogText({ book, clock, runLog, asOf }));
}

type Given = z.output<typeof input>;

/** How far another host's clock may be wrong: what it wrote is called stale this much later, as by the deploy's own modes. */
const MAX_SKEW_MS = 60_000;

async function readStatus(ledger: Ledger, given: Given, ports: Ports) {
  const { runner, environment } = given;
  const book = await readBook(ledger, runner);
  const momentOf = moments({ ...given, 'max-skew': MAX_SKEW_MS }, ports);
  // Nothing is written: a store that keeps its newest state only may move on meanwhile, and is read again then.
  const records = await transact(
    ledger,
    transactOptions(given, ports),
    async (snapshot, { now, oneClock }) => ({
      entries: [],
      verdict: {
        alerts: await readAlerts(snapshot, runner),
        hold: await readHold(snapshot, 'ticks'),
        deploys: await deploySections(snapshot, environment, momentOf(now, oneClock)),
        nowMs: now,
      },
    }),
  );
  const { alerts, hold, deploys, nowMs } = records.verdict;
  const clock = runClock(book, { days: given['clock-days'], asOfMs: nowMs });
  const status = statusOf({ book, clock, alerts, hold, nowMs });
  return { status, book, sections: [...sectionsOf(status), ...deploys], records };
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
      title: `the watchdog finds no ${name}`,
      expected: 'none',
      observed: `${count} since ${since}`,
    }));

/** What programs get: the same screen. */
const resultOf = ({ state, clock }: Status, sections: readonly StatusSection[]): Record<string, Json> => ({
  state,
  'clock-state': clock.state,
  'clock-day': clock.day,
  sections: Object.fromEntries(
    sections.map(({ name, facts }) => [
      name,
      Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Json,
    ]),
  ),
});
