import { inconclusive } from '../proof/errors.ts';
import { broken } from './chain.ts';

/** What this process knows of the ledger's growth. */
export interface Lineage {
  /** Notes a head that was read, and throws when it does not follow from the one before it: a ledger only grows. */
  saw(oid: string | null): Promise<void>;
  /** Notes our own commit, which follows from what was read by its making. */
  made(oid: string): void;
}

/** Remembers the newest head in this process; what other processes saw stands in their proofs (ship-proof audit). */
export function lineage(
  store: string,
  ref: string,
  follows: (old: string, head: string) => Promise<boolean>,
): Lineage {
  let last: string | null = null;
  return {
    async saw(oid) {
      if (oid === last) return;
      if (last !== null && oid === null) throw deleted(store, ref, last);
      if (last !== null && oid !== null && !(await follows(last, oid))) throw rewritten(store, last);
      last = oid;
    },
    made(oid) {
      last = oid;
    },
  };
}

export const rewritten = (store: string, was: string, hint = '') =>
  broken(`${store} stood at ${was.slice(0, 12)}, and what stands there now does not follow from it${hint}`);

export const deleted = (store: string, ref: string, was: string, hint = '') =>
  inconclusive(
    'ledger-deleted',
    `${ref} at ${store} is gone; it stood at ${was}. Nothing was written; restore it from a clone that has that commit (git push <store> ${was}:${ref})${hint}`,
  );
