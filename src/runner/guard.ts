import type { Halt } from './entries.ts';

/** What a look at one kill flag found. Unreadable is neither on nor off: nothing runs, and that is no decision of anybody's. */
export interface Guard {
  readonly name: 'kill-environment' | 'kill-file' | 'kill-flag';
  readonly state: 'off' | 'set' | 'unreadable';
  /** What was seen: for people, from outside. */
  readonly observed: string;
}

const ON = ['1', 'true', 'on', 'yes', 'kill'];
const OFF = ['', '0', 'false', 'off', 'no'];

/** The flag that the host, or a repository variable, sets in the environment. A word that is neither yes nor no is unreadable. */
export function environmentGuard(value: string | undefined): Guard {
  const word = (value ?? '').trim().toLowerCase();
  const name = 'kill-environment';
  if (OFF.includes(word)) return { name, state: 'off', observed: value === undefined ? 'not set' : 'off' };
  if (ON.includes(word)) return { name, state: 'set', observed: 'SHIP_PROOF_KILL is set' };
  return {
    name,
    state: 'unreadable',
    observed: `SHIP_PROOF_KILL is neither ${ON.join(', ')} nor ${OFF.slice(1).join(', ')}, or empty`,
  };
}

/** The guard that stops: one that can't be read before one that is set, since it may hide more. */
export const stopping = (guards: readonly Guard[]): Guard | undefined =>
  guards.find(({ state }) => state === 'unreadable') ?? guards.find(({ state }) => state === 'set');

/** How the ledger names what stopped. */
export const haltOf = ({ name, state }: Guard): Halt => (state === 'unreadable' ? 'guard-unreadable' : name);
