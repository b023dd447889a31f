import { inconclusive, refused } from '../proof/errors.ts';
import type { Clock } from './clock.ts';
import { faultOf } from './fault.ts';
import type { Http } from './http.ts';

/** As far as clocks of honest hosts are apart. */
const ALLOWED_MS = 60_000;
const TIMEOUT_MS = 5_000;

/**
 * Compares this machine's clock with that of the store's server, by the Date of one small answer: windows and caps are
 * counted in this machine's time, so a wrong clock would open them early. Without an answer, or without a Date in it,
 * nothing is known, and the store itself will tell whether it can be reached. Throws `clock-wrong`.
 */
export async function assertClockAgrees(
  url: URL,
  { http, clock, signal }: { readonly http: Http; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const askedAtMs = clock.now();
  const dateMs = await dateOf(url, http, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
  if (signal.aborted) throw inconclusive('interrupted', 'stopped while the clock was compared');
  if (dateMs === undefined) return;
  // The server spoke at some moment in between, and Date counts whole seconds.
  const behindMs = dateMs - clock.now();
  const aheadMs = askedAtMs - (dateMs + 1_000);
  if (behindMs <= ALLOWED_MS && aheadMs <= ALLOWED_MS) return;
  const apart =
    behindMs > ALLOWED_MS
      ? `${Math.round(behindMs / 1000)} s behind`
      : `${Math.round(aheadMs / 1000)} s ahead of`;
  throw refused(
    'clock-wrong',
    `this machine's clock is ${apart} that of ${url.host}, and 60 s are allowed: windows would open at the wrong time, so nothing was done; set the clock`,
  );
}

async function dateOf(url: URL, http: Http, signal: AbortSignal): Promise<number | undefined> {
  try {
    const answer = await http.request({ method: 'HEAD', url, headers: {}, signal, viaProxy: true });
    answer.close();
    const date = answer.header('date');
    // Out of a cache it is some other time's.
    const parsed = date === undefined || answer.header('age') !== undefined ? Number.NaN : Date.parse(date);
    return Number.isNaN(parsed) ? undefined : parsed;
  } catch (error) {
    if (signal.aborted || faultOf(error)) return undefined;
    throw error;
  }
}
