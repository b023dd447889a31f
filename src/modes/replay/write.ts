import { randomUUID } from 'node:crypto';
import { casesLeftOut, type Leavable } from '../../once/replay/cases.ts';
import { type CaseResult, type Identity, replay } from '../../once/replay/replay.ts';
import type { Reply } from '../../once/replay/reply.ts';
import { capture } from '../../smoke/capture.ts';
import { addSecret } from '../../smoke/masking.ts';
import type { Value } from '../../smoke/template.ts';
import { type CleanedUp, cleanUp, type Trace } from './cleanup.ts';
import { type Done, doWork, valuesOf, type Workshop } from './do.ts';
import { observeSettled } from './observe.ts';
import { traitsOf } from './traits.ts';
import type { PlannedWrite } from './work.ts';

export interface ReplayOptions {
  readonly race: number;
  readonly settleMs: number;
  readonly without: readonly Leavable[];
  /** Ends the cases; cleaning up comes after it. */
  readonly signal: AbortSignal;
  readonly onCase: (result: CaseResult) => void;
}

export interface Replayed {
  readonly results: readonly CaseResult[];
  /** Undefined where nothing says how. */
  readonly cleaned: CleanedUp | undefined;
}

/** In which cleaning up has to be over: the runner gives a cancelled step ten seconds, our own hard limit half a second. */
const CLEANUP_MS = 30_000;
const CLEANUP_STOPPED_MS = 5_000;
const CLEANUP_AT_LIMIT_MS = 400;
const STRAY_MS = 1_000;

/** Makes one write in all its ways, and cleans up behind it whatever happens. */
export async function replayWrite(
  planned: PlannedWrite,
  { race, settleMs, without, signal, onCase }: ReplayOptions,
  shop: Workshop,
): Promise<Replayed> {
  const { timeoutMs, sight } = planned;
  const { clock } = shop.ports;
  const traces: Trace[] = [];
  const leftOut = casesLeftOut({ ...traitsOf(planned, shop.context.baseUrl), without });
  const looking: Identity = { key: 'none', nonce: 'none' };

  const send = async (identity: Identity, how: { other: boolean; cut: boolean }): Promise<Reply> => {
    // Before it is sent: what is interrupted may have had its effect, and whoever finds it has to know whose it is.
    if (!traces.some((trace) => trace.identity === identity)) {
      traces.push({ identity, captured: new Map() });
      shop.ports.log.event({ write: planned.name, key: identity.key, nonce: identity.nonce });
    }
    const work = (how.other && planned.other) || planned.write;
    const done = await doWork(work, valuesOf(identity), { timeoutMs, signal, cut: how.cut }, shop);
    const captured = await capturedFrom(planned, done, shop);
    if (captured.size > 0) traces.push({ identity, captured });
    return done.reply;
  };

  let results: readonly CaseResult[] = [];
  let cleaned: CleanedUp | undefined;
  try {
    results = await replay(
      { leftOut, race, hasOther: planned.other !== undefined },
      {
        observe: () => observeSettled(sight, valuesOf(looking), settleMs, { timeoutMs, signal }, shop),
        send,
        newKey: () => randomUUID(),
        newNonce: () => randomUUID().replaceAll('-', '').slice(0, 16),
        clock,
        signal,
      },
      onCase,
    );
  } finally {
    if (planned.cleanup.length > 0) {
      const boundMs = cleanupMs(shop.ports.signal, signal);
      // What was cut short may still be on its way, and would come after its own removal.
      if (signal.aborted && boundMs > STRAY_MS) await clock.sleep(Math.min(settleMs, STRAY_MS));
      const bound = AbortSignal.timeout(boundMs);
      cleaned = await cleanUp(planned, traces, { timeoutMs, signal: bound }, shop);
    }
  }
  return { results, cleaned };
}

function cleanupMs(run: AbortSignal, cases: AbortSignal): number {
  const { reason } = run as { reason?: { code?: string } };
  if (run.aborted) return reason?.code === 'timeout' ? CLEANUP_AT_LIMIT_MS : CLEANUP_STOPPED_MS;
  return cases.aborted ? CLEANUP_STOPPED_MS : CLEANUP_MS;
}

/** What the answer gives for cleaning up. What is missing is missed there. */
async function capturedFrom(
  { write }: PlannedWrite,
  { answer, reply }: Done,
  { context }: Workshop,
): Promise<ReadonlyMap<string, Value>> {
  const values = new Map<string, Value>();
  if (!answer || reply.kind !== 'status' || reply.status > 299 || write.kind !== 'request') return values;
  for (const { name, from, secret } of write.step.captures) {
    const found = await capture(from, answer, context.sandbox);
    if (found.kind === 'none') continue;
    if (secret) addSecret(found.value, context.secrets);
    values.set(name, { json: found.value, secret, captured: true });
  }
  return values;
}
