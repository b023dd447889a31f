import { join } from 'node:path';
import type { Ledger } from '../../ledger/ledger.ts';
import { type Transacted, transact } from '../../ledger/transact.ts';
import type { Check } from '../../proof/schema.ts';
import { replace } from '../../report/files.ts';
import { decideAlerts, decideTold, type StandingAlerts, type Tellings } from '../../runner/alerts.ts';
import { readCadence } from '../../runner/cadence.ts';
import { DAY_MS } from '../../runner/day.ts';
import { ALERTS } from '../../runner/entries.ts';
import { type AlertName, type Finding, watch } from '../../runner/watchdog.ts';
import type { Ports } from '../mode.ts';
import { readBook } from '../status/book.ts';
import { type StoreInput, transactOptions } from '../store.ts';
import { alertText } from './alert-text.ts';
import { createIssues } from './issue.ts';

export interface WatchInput extends StoreInput {
  readonly runner: string;
  readonly 'watchdog-ticks': number;
  readonly cadence?: string | undefined;
  readonly out?: string | undefined;
}

export interface Looked {
  /** One for each alert that stands or has just ended: `fail` when it is new, `warn` when it was told already. */
  readonly checks: readonly Check[];
  readonly transacted: Transacted<unknown>;
}

/** The file in `out` that says that something is wrong, or that it is over. */
const ALERT_FILE = 'ALERT.txt';

/**
 * The watchdog's look, after each tick and on a schedule of its own. What it finds is written first, then told, then written
 * down as told: if the process dies in between, the next look tells it.
 */
export async function lookAfter(ledger: Ledger, given: WatchInput, ports: Ports): Promise<Looked> {
  const { runner } = given;
  const cadence = given.cadence === undefined ? undefined : await readCadence(given.cadence);
  let findings: readonly Finding[] = [];
  const looked = await transact(ledger, transactOptions(given, ports), async (snapshot, { now }) => {
    const book = await readBook(ledger, runner);
    findings = watch(book, { ticks: given['watchdog-ticks'], cadence, nowMs: now });
    return decideAlerts(snapshot, runner, findings, now);
  });
  const alerts = looked.verdict;
  const news = ALERTS.filter((name) => alerts[name]?.told === false);
  if (news.length > 0 && given.out !== undefined) {
    await replace(join(given.out, ALERT_FILE), alertText(runner, alerts, findings));
  }
  const { tellings, checks } = await tellIssues(given, alerts, findings, ports);
  const told = await transact(ledger, transactOptions(given, ports), (snapshot) =>
    decideTold(snapshot, runner, tellings),
  );
  return {
    checks: [...ALERTS.flatMap((name) => checkOf(name, alerts, findings)), ...checks, ...nothing(alerts)],
    transacted: told,
  };
}

/** Opens, or closes, an issue for each alert that has none yet, or ended. A repository that wants none is not asked for more. */
async function tellIssues(
  { runner, token }: WatchInput,
  alerts: StandingAlerts,
  findings: readonly Finding[],
  ports: Ports,
): Promise<{ readonly tellings: Tellings; readonly checks: readonly Check[] }> {
  const issues = createIssues(runner, token, ports);
  const tellings: Tellings[number][] = [];
  const problems = new Set<string>();
  for (const alert of ALERTS) {
    const standing = alerts[alert];
    if (!standing) continue;
    const { state, since } = standing;
    const wanted = state === 'raised' ? standing.issue === undefined : standing.issue !== undefined;
    const says = findings.find((finding) => finding.alert === alert)?.says ?? '';
    const answer = wanted && issues ? await issues.tell(alert, standing, says) : undefined;
    if (typeof answer === 'string') problems.add(answer);
    // An issue that could not be closed is tried again, for a day.
    const isFresh = ports.clock.now() - Date.parse(since) < DAY_MS;
    if (state === 'cleared' && typeof answer === 'string' && isFresh) continue;
    const issue = typeof answer === 'number' ? answer : undefined;
    if (!standing.told || issue !== undefined) tellings.push({ alert, state, since, issue });
  }
  return { tellings, checks: [...problems].map(issueCheck) };
}

function checkOf(name: AlertName, alerts: StandingAlerts, findings: readonly Finding[]): Check[] {
  const standing = alerts[name];
  if (!standing) return [];
  const says = findings.find(({ alert }) => alert === name)?.says;
  const base = { id: `watchdog:${name}`, title: `the alert ${name} is not raised`, expected: WANTED[name] };
  if (standing.state === 'cleared')
    return [{ ...base, status: 'pass', observed: `recovered: it stood until ${standing.since}` }];
  return [
    {
      ...base,
      status: standing.told ? 'warn' : 'fail',
      observed: says ?? `${standing.count}`,
      detail: standing.told ? `It stands since ${standing.since}, and was told then.` : ADVICE[name],
    },
  ];
}

const nothing = (alerts: StandingAlerts): Check[] =>
  Object.keys(alerts).length > 0
    ? []
    : [
        {
          id: 'watchdog',
          status: 'pass',
          title: 'the watchdog looked',
          expected: 'nothing to tell',
          observed: 'nothing',
        },
      ];

/** The alert itself was told by this run's check. */
const issueCheck = (why: string): Check => ({
  id: 'watchdog:issue',
  status: 'warn',
  title: 'the alert has an issue in the repository',
  expected: 'an issue',
  observed: why,
});

const WANTED: Readonly<Record<AlertName, string>> = {
  'no-value': 'a tick that brought something among the newest',
  'missed-slots': 'a tick for each slot of the cadence',
  'late-slots': 'ticks no later than is usual here',
  'lost-tick': 'ticks that end by themselves',
  'books-gap': 'books as this program writes them',
};

const ADVICE: Readonly<Record<AlertName, string>> = {
  'no-value': 'Look at the newest ticks: what do they do, and what stopped them? `status` tells.',
  'missed-slots':
    'Nothing starts the ticks any more: is the workflow enabled (cron is switched off after 60 idle days), the host up, the cron line right?',
  'late-slots': 'The platform is busy, or a tick before it took too long.',
  'lost-tick': 'Its process was killed from outside: look for memory, time limits and restarts of the host.',
  'books-gap':
    'Somebody, or another version, wrote into the ledger: find out who may push to the store; `audit` tells whether its history was rewritten.',
};
