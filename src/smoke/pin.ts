import type { Place } from '../config/place.ts';
import type { Finding } from './result.ts';

/** A build id that an answer carried. */
export interface Sighting {
  readonly step: string;
  readonly origin: string;
  readonly buildId: string;
}

/**
 * Holds the build id of one more answer against the wanted one, or, where none is wanted, against those that the same
 * origin served earlier in the flow: a flow that crosses builds proves neither of them.
 */
export function pin(
  seen: Sighting,
  earlier: readonly Sighting[],
  wanted: string | undefined,
  place: Place,
): Finding | undefined {
  const before = earlier.find(({ origin }) => origin === seen.origin);
  const expected = wanted ?? before?.buildId;
  if (expected === undefined || expected === seen.buildId) return undefined;
  const crossed = before && before.buildId !== seen.buildId;
  return {
    status: 'fail',
    title: 'build',
    expected: wanted === undefined ? `build ${expected}, as in ${before?.step}` : `build ${expected}`,
    observed: `build ${seen.buildId}`,
    detail: crossed
      ? `The flow crossed builds: ${before.step} was answered by ${before.buildId}, ${seen.step} by ${seen.buildId}. Wait until one build is live everywhere (verify-live).`
      : 'Another build answers than the one to prove: wait until it is live everywhere (verify-live).',
    place,
  };
}
