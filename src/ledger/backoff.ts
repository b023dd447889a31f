import { randomUUID } from 'node:crypto';

/** Ids and jitter: the only chance in the ledger. */
export interface Random {
  /** A fresh unique id. */
  id(): string;
  /** In [0, 1). */
  unit(): number;
}

export const systemRandom: Random = { id: () => randomUUID(), unit: () => Math.random() };

const BASE_MS = 100;
const CAP_MS = 5_000;

/** How long to wait after the n-th try: full jitter, so that those who collided once do not collide again. */
export const jitterMs = (tries: number, random: Random, baseMs = BASE_MS): number =>
  random.unit() * Math.min(CAP_MS, baseMs * 2 ** (tries - 1));
