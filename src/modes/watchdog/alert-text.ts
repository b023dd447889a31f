import type { StandingAlerts } from '../../runner/alerts.ts';
import { ALERTS } from '../../runner/entries.ts';
import type { Finding } from '../../runner/watchdog.ts';

/** What ALERT.txt says: every alert that stands, and those that have just ended. */
export function alertText(runner: string, alerts: StandingAlerts, findings: readonly Finding[]): string {
  const lines = ALERTS.flatMap((name) => {
    const standing = alerts[name];
    if (!standing) return [];
    const says = findings.find(({ alert }) => alert === name)?.says ?? `${standing.count}`;
    return standing.state === 'raised'
      ? [`ALERT ${name} since ${standing.since}: ${says}`]
      : [`RECOVERED ${name} at ${standing.since}`];
  });
  return `${[`ship-proof watchdog: runner ${runner}`, ...lines].join('\n')}\n`;
}
