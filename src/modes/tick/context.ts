import type { Ledger } from '../../ledger/ledger.ts';
import type { Trigger } from '../../runner/entries.ts';
import type { StartVerdict } from '../../runner/tick-start.ts';
import type { Ports } from '../mode.ts';

/** What one tick is about, beside the runner's config. */
export interface TickAbout {
  readonly trigger: Trigger;
  /** Epoch ms of the slot that it is for; null where there are none. */
  readonly slotMs: number | null;
  /** When the whole run began: its `timeout` counts from there. Default: now. */
  readonly runStartedAtMs?: number;
  /** How often kill flags are read while it runs. Default 5 s. */
  readonly guardEveryMs?: number;
}

export type Started = StartVerdict & { readonly kind: 'started' };

/** What happened on the way, for the proof. */
export interface TickContext {
  readonly startedAtMs: number;
  readonly about: TickAbout;
  readonly ledger: Ledger;
  readonly ports: Ports;
}
