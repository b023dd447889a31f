import { faultOf } from '../ports/fault.ts';
import type { Address } from '../ports/http.ts';
import { type Faulted, type Look, look } from './look.ts';
import type { Plan, WatchPorts } from './plan.ts';
import { ENCODINGS, type Encoding, LEADING_ENCODING } from './question.ts';
import { isLive } from './verdict.ts';

const LOOK_TIMEOUT_MS = 10_000;

/**
 * One round of looks. It starts with one encoding at each address: only when that is right everywhere are the others
 * worth their requests. A round that confirms an earlier one looks at all of them at once.
 */
export async function lookAround(
  plan: Plan,
  ports: WatchPorts,
  leftMs: () => number,
  confirming: boolean,
): Promise<readonly Look[]> {
  const places = (await Promise.all(plan.urls.map((url) => placesOf(url, plan, ports, leftMs())))).flat();
  const lookAll = (encodings: readonly Encoding[]) =>
    Promise.all(
      places.flatMap((place) =>
        'fault' in place
          ? [Promise.resolve(place)]
          : encodings.map((encoding) => {
              const timeoutMs = Math.min(LOOK_TIMEOUT_MS, leftMs());
              return look({ ...place, encoding }, plan.question, { timeoutMs, signal: ports.signal }, ports);
            }),
      ),
    );
  const all = Object.keys(ENCODINGS) as Encoding[];
  if (confirming) return lookAll(all);
  const first = await lookAll([LEADING_ENCODING]);
  const others = all.filter((encoding) => encoding !== LEADING_ENCODING);
  return isLive(first, plan.wanted) ? [...first, ...(await lookAll(others))] : first;
}

interface Place {
  readonly url: URL;
  readonly address: Address | undefined;
}

/** A URL at each address that its name has now, or the look that failed because the name does not resolve. */
async function placesOf(
  url: URL,
  plan: Plan,
  { http, clock, signal }: WatchPorts,
  leftMs: number,
): Promise<readonly (Place | Faulted)[]> {
  if (plan.edges === 'one') return [{ url, address: undefined }];
  const atMs = clock.now();
  const startedAt = clock.monotonic();
  const bound = AbortSignal.any([
    signal,
    AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(LOOK_TIMEOUT_MS, leftMs)))),
  ]);
  try {
    const addresses = await http.resolve(url.hostname, bound);
    return addresses.map((address) => ({ url, address }));
  } catch (error) {
    signal.throwIfAborted();
    const fault = faultOf(error);
    if (!fault) throw error;
    const target = { url, address: undefined, encoding: LEADING_ENCODING };
    return [
      {
        kind: 'fault',
        target,
        atMs,
        elapsedMs: Math.round(clock.monotonic() - startedAt),
        redirects: [],
        // Whatever stopped the resolver, what is missing is the name's address.
        fault: 'dns',
        code: fault.code,
        explanation: fault.explanation,
      },
    ];
  }
}
