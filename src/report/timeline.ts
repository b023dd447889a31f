import type { Attempt, Proof } from '../proof/schema.ts';

/** What one look at an address saw: the wanted build, another one, a page without any, or no answer that counts. */
export const SIGHTINGS = ['new', 'old', 'none', 'unreachable'] as const;
export type Sighting = (typeof SIGHTINGS)[number];

export interface Poll {
  /** Ms since the proof began. */
  readonly offsetMs: number;
  readonly sighting: Sighting;
  /** The HTTP status; undefined without an answer. */
  readonly status: number | undefined;
  /** The cache's `Age`, in seconds. */
  readonly age: number | undefined;
}

/** The looks at one address in one encoding of one URL, oldest first. */
export interface Lane {
  readonly url: string;
  readonly edge: string;
  readonly encoding: string;
  readonly polls: readonly Poll[];
}

/** The polls of a proof, a lane for each address and encoding of each URL; empty where nothing was polled. */
export function lanesOf(proof: Proof): Lane[] {
  const { buildId } = proof.subject;
  const began = Date.parse(proof.startedAt);
  return proof.checks.flatMap(({ id, attempts }) => {
    if (!id.startsWith('live:') || !attempts) return [];
    const lanes = Map.groupBy(attempts, ({ observed }) => JSON.stringify([observed.edge, observed.encoding]));
    return [...lanes.values()].map((own) => ({
      url: id.slice('live:'.length),
      edge: String(own[0]?.observed.edge ?? 'any address'),
      encoding: String(own[0]?.observed.encoding ?? ''),
      polls: own.map((attempt) => pollOf(attempt, began, buildId)),
    }));
  });
}

function pollOf({ at, observed }: Attempt, began: number, buildId: unknown): Poll {
  const { status, served, age } = observed;
  return {
    offsetMs: Math.max(0, Date.parse(at) - began),
    sighting: sightingOf(status, served, buildId),
    status: typeof status === 'number' ? status : undefined,
    age: numberOf(age),
  };
}

function sightingOf(status: unknown, served: unknown, buildId: unknown): Sighting {
  if (typeof status !== 'number') return 'unreachable';
  if (typeof served !== 'string' || served === '') return 'none';
  return served === buildId ? 'new' : 'old';
}

function numberOf(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
