import type { Seen } from '../../once/replay/change.ts';
import type { Observation } from '../../once/replay/replay.ts';
import { replyText } from '../../once/replay/reply.ts';
import { hasSettled, lookGapMs, patienceMs, type Rest, restAfter } from '../../once/replay/settling.ts';
import type { Json } from '../../proof/schema.ts';
import type { Sandbox } from '../../smoke/sandbox/sandbox.ts';
import type { Values } from '../../smoke/template.ts';
import { type Doing, doWork, type Workshop } from './do.ts';
import type { Sight } from './work.ts';

/** Looks until the state rests. A look that fails is one that saw nothing: it is looked again, for as long as there is patience. */
export async function observeSettled(
  sight: Sight,
  values: Values,
  settleMs: number,
  doing: Doing,
  shop: Workshop,
): Promise<Observation> {
  const { clock } = shop.ports;
  const startedMs = clock.monotonic();
  let rest: Rest | undefined;
  for (;;) {
    const beganMs = clock.monotonic();
    const found = await lookOnce(sight, values, doing, shop);
    const endedMs = clock.monotonic();
    rest = found.kind === 'seen' ? restAfter(rest, { beganMs, endedMs, seen: found.seen }) : undefined;
    if (found.kind === 'seen' && rest && hasSettled(rest, settleMs)) return found;
    if (endedMs - startedMs > patienceMs(settleMs)) {
      return found.kind === 'unread'
        ? found
        : {
            kind: 'unread',
            why: `it did not stay the same for ${settleMs} ms in ${Math.round(endedMs - startedMs)} ms: somebody else writes there too`,
          };
    }
    await clock.sleep(lookGapMs(settleMs), doing.signal);
  }
}

async function lookOnce(sight: Sight, values: Values, doing: Doing, shop: Workshop): Promise<Observation> {
  const { work } = sight;
  const reads = work.kind === 'request' && work.step.method === 'GET';
  const { reply, answer, printed } = await doWork(work, values, { ...doing, reads }, shop);
  const unread = (why: string): Observation => ({ kind: 'unread', why: `the state can't be read: ${why}` });
  if (answer) {
    if (answer.status < 200 || answer.status > 299) return unread(`status ${answer.status}`);
    if (answer.unread !== undefined) return unread(answer.unread);
    return select(sight, answer.json, shop.context.sandbox);
  }
  if (printed === undefined || reply.kind !== 'code') return unread(replyText(reply));
  if (reply.code !== 0) return unread(`exit code ${reply.code}`);
  return sight.path === undefined
    ? { kind: 'seen', seen: printedState(printed) }
    : select(sight, printed, shop.context.sandbox);
}

async function select({ path = '$', counts }: Sight, text: string, sandbox: Sandbox): Promise<Observation> {
  const reply = await sandbox.ask({ kind: 'json', path, text });
  if (reply.kind !== 'json') {
    return { kind: 'unread', why: `the state can't be read: ${reply.kind === 'none' ? reply.why : path}` };
  }
  if (counts) return { kind: 'seen', seen: reply.values.length };
  return { kind: 'seen', seen: reply.singular ? reply.values[0] : [...reply.values] };
}

/** What a command prints is one number, or lines, in whatever order. */
function printedState(printed: string): Seen {
  const text = printed.trim();
  if (/^-?\d{1,15}(\.\d{1,12})?$/.test(text)) return Number(text);
  return text === '' ? [] : text.split('\n').map((line): Json => line.trimEnd());
}
