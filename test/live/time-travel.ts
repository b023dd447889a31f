import type { Outliving } from '../../src/live/copies.ts';
import type { Look } from '../../src/live/look.ts';
import type { Plan } from '../../src/live/plan.ts';
import type { Encoding } from '../../src/live/question.ts';
import { type Round, type Watched, watch } from '../../src/live/watch.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Address, Http } from '../../src/ports/http.ts';
import { PAGE } from './looks.ts';

export const OLD = 'build-1';
export const NEW = 'build-2';

/** One request as the fake network sees it; `atMs` counts from the start of the watch. */
export interface Asked {
  readonly atMs: number;
  readonly url: URL;
  readonly address: string;
  readonly encoding: Encoding;
  /** A look past the caches. */
  readonly bypass: boolean;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface World {
  /** What stands behind an address; an Error is a fault of the transport. */
  readonly serve: (asked: Asked) => Reply | Error;
  /** By the time of asking; default one. */
  readonly resolve?: (hostname: string, atMs: number) => readonly string[] | Error;
  /** How long each answer takes; default 0. */
  readonly latencyMs?: number;
  /** How far the wall clock has been set forward by then; default not at all. */
  readonly wallClockStep?: (atMs: number) => number;
  /** The run is aborted at this moment. */
  readonly abortAtMs?: number;
}

export interface Travelled {
  readonly watched: Watched;
  readonly verdict: string;
  readonly asked: readonly Asked[];
  readonly rounds: readonly Round[];
  /** The looks past the caches, as they were told of. */
  readonly past: readonly Look[];
  readonly forecasts: readonly (Outliving & { readonly byMs: number })[];
}

const EPOCH = Date.parse('2026-05-05T12:00:00.000Z');
const ENCODING_OF: Readonly<Record<string, Encoding>> = { gzip: 'gzip', identity: 'identity' };

/** Watches through two minutes, or whatever the plan says, in no time: the clock goes on when everybody waits for it. */
export async function travel(plan: Partial<Plan>, world: World): Promise<Travelled> {
  const time = virtualTime();
  const controller = new AbortController();
  const asked: Asked[] = [];
  const past: Look[] = [];
  const clock: Clock = {
    now: () => EPOCH + time.now() + (world.wallClockStep?.(time.now()) ?? 0),
    monotonic: () => 1_000 + time.now(),
    sleep: time.sleep,
  };
  const http: Http = {
    resolve: async (hostname) => {
      const found = world.resolve?.(hostname, time.now()) ?? ['192.0.2.1'];
      if (found instanceof Error) throw found;
      return found.map((address): Address => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
    request: async ({ url, address, headers, signal }) => {
      const request = {
        atMs: time.now(),
        url,
        address: address?.address ?? 'any',
        encoding: ENCODING_OF[headers['accept-encoding'] ?? ''] ?? 'br',
        bypass: url.searchParams.has('ship-proof-bypass'),
      };
      asked.push(request);
      const reply = world.serve(request);
      await time.sleep(world.latencyMs ?? 0, signal);
      if (reply instanceof Error) throw reply;
      const { status = 200, body = '' } = reply;
      const fields: Readonly<Record<string, string>> = { 'content-type': 'text/plain', ...reply.headers };
      const bytes = (async function* () {
        yield Buffer.from(body);
      })();
      return { status, header: (name) => fields[name], body: bytes, close: () => {} };
    },
  };
  if (world.abortAtMs !== undefined) void time.sleep(world.abortAtMs).then(() => controller.abort());

  const rounds: Round[] = [];
  const forecasts: (Outliving & { byMs: number })[] = [];
  const whole: Plan = {
    urls: [PAGE],
    question: { buildId: NEW, where: { kind: 'text' }, headers: {}, origins: new Set(), userAgent: 'test' },
    wanted: () => ({ buildId: NEW }),
    withinMs: 120_000,
    maxPolls: undefined,
    confirmations: 2,
    edges: 'all',
    failFast: false,
    ...plan,
  };
  const watched = await watch(
    whole,
    { http, clock, random: () => 0.5, signal: controller.signal },
    {
      looked: (round) => rounds.push(round),
      forecast: (found, byMs) => forecasts.push({ ...found, byMs }),
      lookedPast: (look) => past.push(look),
    },
  );
  return { watched, verdict: [...watched.verdicts.values()].join(), asked, rounds, forecasts, past };
}

/** A transport's error, as Node names it. */
export const transportError = (code: string): Error => Object.assign(new Error(code), { code });

/** A shared cache that renews its copy of the old build each time it expires, and gets the new one at the named moment. */
export function copyUntil(expiresAtMs: number, lifetimeS: number): World['serve'] {
  const lifetimeMs = lifetimeS * 1000;
  return ({ atMs, bypass }) => {
    const isOld = atMs < expiresAtMs && !bypass;
    const leftMs = isOld ? (expiresAtMs - atMs) % lifetimeMs || lifetimeMs : lifetimeMs;
    const ageS = Math.floor((lifetimeMs - leftMs) / 1000);
    return {
      body: isOld ? OLD : NEW,
      headers: {
        'cache-control': `s-maxage=${lifetimeS}`,
        age: String(ageS),
        'x-cache': isOld ? 'HIT' : 'MISS',
      },
    };
  };
}

/** The new build from a moment on, and no cache. */
export const flipAt =
  (flipMs: number): World['serve'] =>
  ({ atMs }) => ({ body: atMs < flipMs ? OLD : NEW });

/** Moves to the next timer when the event loop has nothing else to do. */
function virtualTime() {
  let nowMs = 0;
  let running = false;
  const timers: { readonly atMs: number; readonly done: () => void }[] = [];
  const step = () => {
    timers.sort((a, b) => a.atMs - b.atMs);
    const next = timers.shift();
    running = next !== undefined;
    if (!next) return;
    nowMs = Math.max(nowMs, next.atMs);
    next.done();
    setImmediate(step);
  };
  return {
    now: () => nowMs,
    sleep: (ms: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        const abort = () => reject(signal?.reason);
        if (signal?.aborted) return abort();
        signal?.addEventListener('abort', abort, { once: true });
        timers.push({ atMs: nowMs + ms, done: resolve });
        if (!running) setImmediate(step);
        running = true;
      }),
  };
}
