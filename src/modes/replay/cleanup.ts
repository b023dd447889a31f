import type { Identity } from '../../once/replay/replay.ts';
import { type Reply, replyText } from '../../once/replay/reply.ts';
import { compose } from '../../smoke/compose.ts';
import { render, type Value, type Values } from '../../smoke/template.ts';
import { type Doing, doWork, valuesOf, type Workshop } from './do.ts';
import { namesOf, type PlannedWrite, type Work } from './work.ts';

/** A write that was sent, whatever came of it, and what its answer gave. */
export interface Trace {
  readonly identity: Identity;
  readonly captured: ReadonlyMap<string, Value>;
}

export interface CleanedUp {
  /** How many steps succeeded, or found nothing. */
  readonly done: number;
  /** What is left behind, and why. */
  readonly left: readonly string[];
}

/**
 * Does the steps once for each write that was sent, in the order in which they were written down; a step that comes out the same
 * for several is done once. Nothing that fails keeps the others from being done.
 */
export async function cleanUp(
  { cleanup }: PlannedWrite,
  traces: readonly Trace[],
  doing: Doing,
  shop: Workshop,
): Promise<CleanedUp> {
  const left: string[] = [];
  const tried = new Set<string>();
  let done = 0;
  if (traces.length === 0) return { done, left };
  for (const work of cleanup) {
    const name = `${work.place.file}:${work.place.line}`;
    const usable = traces
      .map(({ identity, captured }): Values => new Map([...captured, ...valuesOf(identity)]))
      .filter((values) => namesOf(work).every((wanted) => values.has(wanted)));
    if (usable.length === 0) left.push(`${name}: no answer gave what it needs`);
    for (const values of usable) {
      const print = `${name} ${fingerprint(work, values, shop.context.baseUrl)}`;
      if (tried.has(print)) continue;
      tried.add(print);
      const reply = await doWork(work, values, doing, shop).then(
        (made) => made.reply,
        (error: unknown): Reply => {
          if (!doing.signal.aborted) throw error;
          return { kind: 'none', why: 'there was no time left for it' };
        },
      );
      if (isClean(reply)) done += 1;
      else left.push(`${name}: ${replyText(reply)}`);
    }
  }
  return { done, left };
}

/** What is not there needs no cleaning up. */
const isClean = (reply: Reply): boolean =>
  reply.kind === 'code'
    ? reply.code === 0
    : reply.kind === 'status' &&
      ((reply.status >= 200 && reply.status < 400) || [404, 410].includes(reply.status));

function fingerprint(work: Work, values: Values, baseUrl: URL | undefined): string {
  if (work.kind === 'script') return JSON.stringify([values.get('key')?.json, values.get('nonce')?.json]);
  if (work.kind === 'program') return JSON.stringify(work.argv.map((part) => render(part, values).text));
  const composed = compose(work.step, values, baseUrl);
  if (composed.kind === 'unsendable') return composed.why;
  const { url, headers, body } = composed.outgoing;
  return JSON.stringify([url.href, headers, body && Buffer.from(body.bytes).toString('base64')]);
}
