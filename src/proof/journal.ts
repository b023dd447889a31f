import type { Proof, Written } from './schema.ts';

/** What a run wrote into its ledger, kept while it runs so that its proof can say it. */
export interface Journal {
  /** Takes a transaction that was won: what it wrote, and where the ledger stands since. */
  note(ledger: NonNullable<Proof['ledger']>, written: readonly Written[]): void;
  /** The proof with what was written; one of a run that ended in an error learns from here that it used a ledger. */
  attach(proof: Proof): Proof;
}

/** A supervised loop may write for weeks; what it wrote before stands in the ledger. */
const MAX_KEPT = 500;

export function createJournal(): Journal {
  let kept: Written[] = [];
  let last: Proof['ledger'];
  return {
    note(ledger, written) {
      last = ledger;
      kept = [...kept, ...written].slice(-MAX_KEPT);
    },
    attach(proof) {
      const ledger = proof.ledger ?? last;
      return ledger === undefined || kept.length === 0
        ? proof
        : { ...proof, ledger: { ...ledger, written: [...kept] } };
    },
  };
}
