import { isAllowedOverride } from '../../proof/overrides.ts';
import { conclude } from '../../proof/proof.ts';
import type { Check, Proof } from '../../proof/schema.ts';
import type { Ports } from '../mode.ts';

/** The input that says so, and what a policy's `waivers` call it. */
export const NOTHING_TO_PROVE = 'nothing-to-prove';

/**
 * The proof of a run that has nothing to prove. A check that is skipped or neutral satisfies a rule that requires it, so this one is
 * neither, unless somebody who may write the policy has said that it may be.
 */
export function proveNothing(
  reason: string,
  startedAtMs: number,
  { clock, waivers = [] }: Pick<Ports, 'clock' | 'waivers'>,
): Proof {
  const override = `waived: ${NOTHING_TO_PROVE}: ${reason}`;
  const isWaived = isAllowedOverride(override, waivers);
  const check: Check = {
    id: NOTHING_TO_PROVE,
    status: isWaived ? 'skipped' : 'untestable',
    title: 'there is something to prove',
    expected: 'a build that was deployed',
    observed: reason,
    detail: isWaived
      ? 'The policy waives it.'
      : `To allow it, put ${NOTHING_TO_PROVE} into \`policy: waivers:\` of the config on the default branch.`,
  };
  return conclude({
    mode: 'prove',
    startedAtMs,
    endedAtMs: clock.now(),
    checks: [check],
    result: { deployed: false, waived: isWaived ? NOTHING_TO_PROVE : '', parts: {} },
    ...(isWaived ? { outcome: 'skipped' as const, overrides: [override] } : {}),
  });
}
