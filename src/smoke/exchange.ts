import { faultOf } from '../ports/fault.ts';
import type { HttpAnswer } from '../ports/http.ts';
import { askInTurn, destinationOf } from '../ports/reach.ts';
import type { SetCookie } from './answer.ts';
import type { SmokeContext } from './context.ts';
import type { Cookies } from './cookies.ts';
import type { Exchanged, ExchangeOptions, Trace } from './exchanged.ts';
import { addSecret } from './masking.ts';
import { firstHop, type HopRequest, type Outgoing, type Redirection, redirected } from './outgoing.ts';
import { readAnswer } from './read-answer.ts';

/** Sends a request and follows its redirects, each hop checked. Rejects only for bugs and for an aborted run. */
export async function exchange(
  outgoing: Outgoing,
  options: ExchangeOptions,
  context: SmokeContext,
): Promise<Exchanged> {
  const { clock } = context;
  const startedAt = clock.monotonic();
  const trace = {
    redirects: [] as string[],
    withheld: [] as string[],
    stayed: undefined as string | undefined,
  };
  const done = (): Trace => ({ ...trace, elapsedMs: Math.round(clock.monotonic() - startedAt) });
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(options.timeoutMs)));
  const signal = AbortSignal.any([options.signal, timeout]);
  const set: SetCookie[] = [];
  let answer: HttpAnswer | undefined;
  try {
    const first = firstHop(outgoing);
    if ('refused' in first) return { kind: 'refused', ...done(), why: first.refused, hop: 0 };
    let hop: HopRequest = first;
    for (;;) {
      trace.withheld.push(...hop.withheld);
      const sent = await send(hop, signal, options.cookies, context);
      if ('refused' in sent)
        return { kind: 'refused', ...done(), why: sent.refused, hop: trace.redirects.length };
      answer = sent;
      set.push(...(await keepCookies(hop.url, answer, options.cookies, context)));
      const { status } = answer;
      const next: Redirection | undefined = options.follow
        ? redirected(outgoing, hop, { status, location: answer.header('location') }, trace.redirects.length)
        : undefined;
      if (next?.kind !== 'follow') {
        trace.stayed = next?.why;
        break;
      }
      answer.close();
      hop = next.hop;
      trace.redirects.push(hop.url.href);
    }
    const read = await readAnswer(answer, hop.url, set, clock.now());
    const ended = done();
    return { kind: 'answer', ...ended, answer: { ...read, elapsedMs: ended.elapsedMs } };
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted) {
      const explanation = `no complete answer within ${Math.round(options.timeoutMs)} ms`;
      return { kind: 'fault', ...done(), fault: 'timeout', code: 'ETIMEDOUT', explanation };
    }
    const fault = faultOf(error);
    if (!fault) throw error;
    return { kind: 'fault', ...done(), fault: fault.kind, code: fault.code, explanation: fault.explanation };
  } finally {
    answer?.close();
  }
}

/** Asks at the addresses that are allowed, with the cookies that belong there. */
async function send(
  hop: HopRequest,
  signal: AbortSignal,
  cookies: Cookies,
  { http, reachable, userAgent }: SmokeContext,
): Promise<HttpAnswer | { readonly refused: string }> {
  const destination = await destinationOf(hop.url, reachable, http, signal);
  if (destination.kind === 'refused') return { refused: destination.why };
  const own = Object.fromEntries(hop.headers.map(({ name, value }) => [name, value]));
  const kept = await cookies.header(hop.url);
  const cookie = [own.cookie, kept].filter(Boolean).join('; ');
  const headers = {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'user-agent': userAgent,
    ...(hop.body ? { 'content-type': hop.body.type } : {}),
    ...own,
    ...(cookie === '' ? {} : { cookie }),
  };
  const { method, url } = hop;
  const body = hop.body ? { body: hop.body.bytes } : {};
  return askInTurn(destination.addresses, (address) =>
    http.request({ method, url, headers, ...body, address, signal }),
  );
}

async function keepCookies(
  url: URL,
  answer: HttpAnswer,
  cookies: Cookies,
  { secrets }: SmokeContext,
): Promise<SetCookie[]> {
  const lines = answer.lines?.('set-cookie') ?? [];
  const set = lines.length === 0 ? [] : await cookies.keep(url, lines);
  for (const { value } of set) addSecret(value, secrets);
  return set;
}
