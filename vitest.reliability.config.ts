import { mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The same tests, with the long matrices in full instead of seeded samples of them. */
export default mergeConfig(base, {
  test: { env: { SHIP_PROOF_RELIABILITY: '1' }, testTimeout: 3_600_000, hookTimeout: 600_000 },
});
