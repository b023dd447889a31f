import type { Incident } from './entries.ts';
import type { Told } from './history-ticks.ts';
import type { IncidentState } from './incident.ts';

/** An incident from its symptom to its end. Texts are their author's own words: untrusted. */
export interface IncidentStory {
  readonly incident: string;
  readonly state: IncidentState;
  readonly title: string;
  readonly trace?: string | undefined;
  readonly cause?: string | undefined;
  /** A commit, pull request or run that was found to exist. */
  readonly fix?: string | undefined;
  readonly openedAt: string;
  readonly fixedAt?: string | undefined;
  readonly recoveredAt?: string | undefined;
}

const STATES = {
  'incident-opened': 'open',
  'incident-fixed': 'fixed',
  'incident-recovered': 'recovered',
} as const satisfies Record<Incident['kind'], IncidentState>;

/** The incidents in the order in which they were opened; each entry says all that was known then. */
export function storiesOf(incidents: readonly Told<Incident>[]): readonly IncidentStory[] {
  const stories = new Map<string, IncidentStory>();
  for (const { data, at } of incidents) {
    const before = stories.get(data.incident);
    const state = STATES[data.kind];
    stories.set(data.incident, {
      incident: data.incident,
      state,
      title: data.title ?? before?.title ?? '',
      trace: data.trace ?? before?.trace,
      cause: data.cause ?? before?.cause,
      fix: data.fix ?? before?.fix,
      openedAt: before?.openedAt ?? at,
      fixedAt: before?.fixedAt ?? (state === 'fixed' ? at : undefined),
      recoveredAt: before?.recoveredAt ?? (state === 'recovered' ? at : undefined),
    });
  }
  return [...stories.values()];
}
