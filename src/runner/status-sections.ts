import { ALERTS } from './entries.ts';
import type { Status } from './status.ts';
import { dollars } from './totals.ts';

/** A part of the screen: a line of the log, and a block of the page. Texts may be anybody's: whoever prints them encodes them. */
export interface StatusSection {
  readonly name: string;
  readonly tone: 'good' | 'bad' | 'doubt' | 'plain';
  readonly facts: Readonly<Record<string, string | number | boolean | undefined>>;
}

/** The screen of a runner, a line for each part. */
export function sectionsOf(status: Status): readonly StatusSection[] {
  return [
    today(status),
    lastTick(status),
    controls(status),
    clock(status),
    drills(status),
    ...warnings(status),
  ];
}

function today({ today: sums, capMicros, asOf }: Status): StatusSection {
  const spent = sums.usdInMicros + sums.usdOpenMicros;
  return {
    name: 'today',
    tone: capMicros !== undefined && spent >= capMicros ? 'doubt' : 'plain',
    facts: {
      day: asOf.slice(0, 10),
      ticks: sums.ticks,
      passed: sums.passed,
      failed: sums.failed,
      halted: sums.halted + sums.haltedBefore,
      spent: dollars(spent),
      cap: capMicros === undefined ? 'unknown' : dollars(capMicros),
      value: dollars(sums.valueMicros),
      units: sums.units,
    },
  };
}

function lastTick({ lastTick: tick }: Status): StatusSection {
  if (!tick) return { name: 'last-tick', tone: 'doubt', facts: { outcome: 'never' } };
  const { ended, halted, started } = tick;
  const outcome = ended?.data.outcome ?? (halted ? 'halted' : 'running');
  return {
    name: 'last-tick',
    tone: outcome === 'passed' ? 'good' : outcome === 'running' ? 'plain' : 'bad',
    facts: {
      tick: tick.number,
      outcome,
      by: ended?.data.haltedBy ?? halted?.data.haltedBy,
      at: ended?.at ?? tick.first.at,
      trigger: tick.trigger,
      spent: ended && dollars(ended.data.usdInMicros + tick.correctedMicros),
      provenance: ended?.data.usdProvenance,
      value: ended && dollars(ended.data.valueMicros),
      reserved: started && !ended ? dollars(tick.reservedMicros) : undefined,
    },
  };
}

function controls({ hold, capMicros, capped }: Status): StatusSection {
  return {
    name: 'controls',
    tone: hold ? 'bad' : capped ? 'doubt' : 'good',
    facts: {
      kill: hold ? 'set' : 'off',
      since: hold?.at,
      by: hold?.by.actor,
      reason: hold?.reason,
      cap: capped ? 'reached' : capMicros === undefined ? 'unknown' : 'free',
    },
  };
}

function clock({
  clock: { state, day, days, startedOn, completedOn, lacks, resets },
}: Status): StatusSection {
  const reset = resets.at(-1);
  return {
    name: 'clock',
    tone: state === 'complete' ? 'good' : state === 'running' ? 'plain' : 'doubt',
    facts: {
      state,
      day,
      of: days,
      since: startedOn,
      until: completedOn,
      lacks: lacks.length > 0 ? lacks.join(',') : undefined,
      reset: reset && `${reset.day} ${reset.reason}`,
    },
  };
}

function drills({ drills: all }: Status): StatusSection {
  const isGood = all.every(({ outcome, present }) => outcome === 'passed' && present);
  const said = all.map(({ control, outcome, at, present }) => [
    control,
    at === undefined ? 'never' : `${outcome} ${at.slice(0, 10)}${present ? '' : ' (another config)'}`,
  ]);
  return { name: 'drills', tone: isGood ? 'good' : 'doubt', facts: Object.fromEntries(said) };
}

/** What somebody should look at; when there is nothing, it says so. */
function warnings({ alerts, lookedAt, incidents, oddities }: Status): StatusSection[] {
  const raised = ALERTS.flatMap((name) => {
    const alert = alerts[name];
    return alert?.state === 'raised' ? [{ name, ...alert }] : [];
  });
  const live = incidents.filter(({ state }) => state !== 'recovered');
  return [
    {
      name: 'watchdog',
      tone: raised.length > 0 ? 'bad' : lookedAt === undefined ? 'doubt' : 'good',
      facts: {
        looked: lookedAt ?? 'never',
        alerts: raised.length,
        ...Object.fromEntries(raised.map(({ name, count, since }) => [name, `${count} since ${since}`])),
        oddities: oddities > 0 ? oddities : undefined,
      },
    },
    {
      name: 'incidents',
      tone: live.length > 0 ? 'bad' : 'good',
      facts: {
        open: live.length,
        recovered: incidents.length - live.length,
        ...Object.fromEntries(
          live.slice(0, 5).map(({ incident, state, title }) => [incident, `${state}: ${title}`]),
        ),
      },
    },
  ];
}
