import type { Ledger, Snapshot } from '../../ledger/ledger.ts';
import type { Moment } from '../../ledger/moment.ts';
import { type Transacted, transact } from '../../ledger/transact.ts';
import type { Check, Json, Proof } from '../../proof/schema.ts';
import type { StatusSection } from '../../runner/status-sections.ts';
import { moments } from '../claims/transaction.ts';
import type { Ports } from '../mode.ts';
import { type StoreInput, transactOptions } from '../store.ts';

/** The ledger that is looked at. */
export interface Place {
  readonly ledger: Ledger;
  readonly given: StoreInput;
  readonly ports: Ports;
}

/** All that a screen says, and what is made of it. */
export interface Told {
  readonly subject: Proof['subject'];
  readonly checks: readonly Check[];
  /** What the watchdog raised, for when it does not look itself. */
  readonly standing: readonly Check[];
  readonly result: Readonly<Record<string, Json>>;
  readonly sections: readonly StatusSection[];
  /** What is written into `out`: texts by their paths. */
  readonly files: Readonly<Record<string, string>>;
  readonly at: Transacted<unknown>;
}

/** How far another host's clock may be wrong: what it wrote is called stale this much later, as by the deploy's own modes. */
const MAX_SKEW_MS = 60_000;

/** Nothing is written: a store that keeps its newest state only may move on meanwhile, and is read again then. */
export function look<V>(
  { ledger, given, ports }: Place,
  at: (snapshot: Snapshot, moment: Moment) => Promise<V>,
): Promise<Transacted<V>> {
  const momentOf = moments({ ...given, 'max-skew': MAX_SKEW_MS }, ports);
  return transact(ledger, transactOptions(given, ports), async (snapshot, { now, oneClock }) => ({
    entries: [],
    verdict: await at(snapshot, momentOf(now, oneClock)),
  }));
}

/** The screen for programs. */
export const sectionsAsJson = (sections: readonly StatusSection[]): Json =>
  Object.fromEntries(
    sections.map(({ name, facts }) => [
      name,
      Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as Json,
    ]),
  );
