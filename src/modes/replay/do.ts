import type { Identity } from '../../once/replay/replay.ts';
import type { Reply } from '../../once/replay/reply.ts';
import { childEnvironment } from '../../ports/child-environment.ts';
import type { UserCommand } from '../../ports/command.ts';
import type { Answer } from '../../smoke/answer.ts';
import { compose } from '../../smoke/compose.ts';
import type { SmokeContext } from '../../smoke/context.ts';
import { exchange } from '../../smoke/exchange.ts';
import type { Step } from '../../smoke/plan.ts';
import { render, type Value, type Values } from '../../smoke/template.ts';
import type { Ports } from '../mode.ts';
import { notStartedBecause } from '../not-started.ts';
import { boundHttp, droppingHttp, ReplyDropped, WriteForbidden } from './guard.ts';
import type { Work } from './work.ts';

/** What work is done with. */
export interface Workshop {
  readonly context: SmokeContext;
  readonly ports: Ports;
  /** Where requests may write. */
  readonly origins: ReadonlySet<string>;
  /** Values that no command's environment holds. */
  readonly withheld: readonly (string | undefined)[];
}

export interface Doing {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** It may go anywhere that may be asked, as nothing is written by it. */
  readonly reads?: boolean;
  readonly cut?: boolean;
}

export interface Done {
  readonly reply: Reply;
  readonly answer?: Answer;
  /** What a command printed to stdout. */
  readonly printed?: string;
}

/** The two built-in values of a write. */
export const valuesOf = ({ key, nonce }: Identity): Map<string, Value> => {
  const value = (json: string): Value => ({ json, secret: false, captured: false });
  return new Map([
    ['key', value(key)],
    ['nonce', value(nonce)],
  ]);
};

const GRACE_MS = 2_000;
const MAX_PRINTED = 1024 * 1024;

/** Does one thing once. Rejects when the run is to end, and for bugs. */
export function doWork(work: Work, values: Values, doing: Doing, shop: Workshop): Promise<Done> {
  switch (work.kind) {
    case 'request':
      return ask(work.step, values, doing, shop);
    case 'program':
      return runCommand({ argv: work.argv.map((part) => render(part, values).text) }, values, doing, shop);
    case 'script':
      return runCommand(work.command, values, doing, shop);
  }
}

async function ask(
  step: Step,
  values: Values,
  { timeoutMs, signal, reads = false, cut = false }: Doing,
  { context, origins }: Workshop,
): Promise<Done> {
  const composed = compose(step, values, context.baseUrl);
  if (composed.kind === 'unsendable') return { reply: { kind: 'none', why: composed.why } };
  // No cookie of one answer may make the next request another one: a repetition is the same to the byte.
  const { createCookies } = await import('../../smoke/cookies.ts');
  const follow = step.follow && !cut;
  const bound = reads ? context.http : boundHttp(context.http, origins, follow);
  const http = cut ? droppingHttp(bound) : bound;
  try {
    const options = { follow, timeoutMs, signal, cookies: createCookies() };
    const exchanged = await exchange(composed.outgoing, options, { ...context, http });
    if (exchanged.kind === 'answer')
      return { reply: { kind: 'status', status: exchanged.answer.status }, answer: exchanged.answer };
    const why = exchanged.kind === 'refused' ? exchanged.why : `${exchanged.code}: ${exchanged.explanation}`;
    return { reply: { kind: 'none', why } };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof WriteForbidden) return { reply: { kind: 'forbidden', why: error.message } };
    if (error instanceof ReplyDropped) return { reply: { kind: 'cut' } };
    throw error;
  }
}

async function runCommand(
  command: UserCommand,
  values: Values,
  { timeoutMs, signal }: Doing,
  { ports, withheld }: Workshop,
): Promise<Done> {
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeoutMs);
  const printed: string[] = [];
  let room = MAX_PRINTED;
  const text = (name: string) => String(values.get(name)?.json ?? '');
  const end = await ports.runCommand(command, {
    cwd: ports.cwd,
    env: childEnvironment(ports.env, {
      secrets: withheld,
      passed: [],
      added: { SHIP_PROOF_KEY: text('key'), SHIP_PROOF_NONCE: text('nonce') },
    }),
    signal: AbortSignal.any([signal, timeout]),
    graceMs: GRACE_MS,
    onLine: (stream, line) => {
      room -= stream === 'out' ? line.length + 1 : 0;
      if (stream === 'out' && room >= 0) printed.push(line);
      if (stream === 'err') ports.log.event({ err: line });
    },
  });
  signal.throwIfAborted();
  const none = (why: string): Done => ({ reply: { kind: 'none', why } });
  if (timeout.aborted && end.stopped) return none(`it was stopped after ${timeoutMs} ms`);
  if (end.notStarted !== undefined) return none(notStartedBecause(end.notStarted));
  if (room < 0) return none(`it printed more than ${MAX_PRINTED} bytes`);
  return { reply: { kind: 'code', code: end.code }, printed: printed.join('\n') };
}
