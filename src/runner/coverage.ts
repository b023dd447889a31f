import type { Book } from './history.ts';
import { drillsOf } from './status.ts';

/** A control, where it is configured, and what shows that it works. */
export interface Covered {
  readonly control: string;
  /** The inputs that it is configured by. */
  readonly inputs: readonly string[];
  /** What holds where none of them is given. */
  readonly otherwise?: string;
  /** Why it can do without evidence: it has no drill, and nothing happened that would have needed it. */
  readonly unneeded?: string;
  /** What proved it, and when; undefined without evidence. */
  readonly proof?: { readonly by: string; readonly at: string } | undefined;
}

/** The controls of a runner with their newest evidence: drills for those that have one, their own deeds for the others. */
export function coverageOf(book: Book, config: string | undefined): readonly Covered[] {
  const drilled = new Map(
    drillsOf(book, config).map(({ control, outcome, at, present }) => [
      control,
      outcome === 'passed' && present && at !== undefined ? { by: `drill of ${control}`, at } : undefined,
    ]),
  );
  const halt = book.ticks.findLast(({ halted }) => halted?.data.haltedBy === 'breaker');
  return [
    { control: 'spend-cap', inputs: ['spend-cap', 'estimate'], proof: drilled.get('spend-cap') },
    {
      control: 'kill-flag',
      inputs: ['kill-file'],
      otherwise: 'always on: the flag in the ledger',
      proof: drilled.get('kill-flag'),
    },
    {
      control: 'kill-process',
      inputs: ['max-runtime', 'grace'],
      otherwise: 'always on, with its defaults',
      proof: drilled.get('kill-process'),
    },
    {
      control: 'breaker',
      inputs: ['breaker-ticks'],
      otherwise: 'always on, with its default',
      unneeded: 'it has no drill, and was never needed',
      proof: halt && { by: `tick ${halt.number} was halted`, at: halt.first.at },
    },
    {
      control: 'watchdog',
      inputs: ['watchdog-ticks', 'cadence'],
      otherwise: 'always on, with its defaults',
      proof: book.lastLook && { by: 'it looked', at: book.lastLook.at },
    },
  ];
}
