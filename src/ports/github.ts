import { parseJson } from '../proof/parse-json.ts';
import { type Answered, type AskPorts, ask } from './ask.ts';
import { faultOf } from './fault.ts';
import { explain, waitOf } from './github-problem.ts';

/** Which repository is spoken to, where its API is, and as whom. */
export interface GitHubPlace {
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the repository, such as `/check-runs`. */
  readonly path: string;
  readonly body?: unknown;
  /** What the token needs for it, as a workflow grants it: `checks: write`. */
  readonly needs: string;
  /** Doing it twice is the same as once, so a doubtful end of it is tried once more. */
  readonly repeatable?: boolean;
}

/** Why a request came to nothing, in one line that says what to do. */
export interface ApiProblem {
  readonly text: string;
  readonly status?: number;
  /** It may have been done all the same. */
  readonly doubtful: boolean;
  /** The server took the request and said nothing: it will not say more to the next one. */
  readonly hung?: boolean;
  /** The server limits requests: later, the same one may be done. */
  readonly limited?: boolean;
}

export type ApiReply =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly problem: ApiProblem };

export interface GitHub {
  readonly place: GitHubPlace;
  /** Never throws for what the network or the server does. `deadline` is on the clock's monotonic scale. */
  request(request: ApiRequest, deadline: number): Promise<ApiReply>;
}

/** Of one request, however long the caller would wait. */
const REQUEST_LIMIT_MS = 5_000;
const REPEAT_AFTER_MS = 500;
const MAX_WAITS = 2;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * A small client of GitHub's REST API. A server that says when to come again is obeyed while the deadline allows it;
 * what may have been done is repeated only where that makes no difference.
 */
export function createGitHub(place: GitHubPlace, ports: AskPorts): GitHub {
  const { clock } = ports;
  return {
    place,
    async request(request, deadline) {
      let repeats = request.repeatable ? 1 : 0;
      for (let waits = 0; ; ) {
        const leftMs = deadline - clock.monotonic();
        const sent = await send(place, request, Math.min(REQUEST_LIMIT_MS, leftMs), ports);
        if ('problem' in sent) {
          if (!sent.again || repeats === 0 || clock.monotonic() + REPEAT_AFTER_MS >= deadline)
            return { ok: false, problem: sent.problem };
          repeats -= 1;
          await clock.sleep(REPEAT_AFTER_MS);
          continue;
        }
        const { status, answer, body } = sent;
        if (status >= 200 && status < 300) return { ok: true, body };
        const header = (name: string) => answer.header(name);
        const waitMs = waitOf(status, header, clock.now(), body);
        const text = explain(status, body, request, place, waitMs);
        const ends = { status, doubtful: status >= 500, limited: waitMs !== undefined, text };
        if (waitMs !== undefined) {
          waits += 1;
          if (waits > MAX_WAITS || clock.monotonic() + waitMs >= deadline)
            return { ok: false, problem: ends };
          await clock.sleep(waitMs);
          continue;
        }
        if (status < 500 || repeats === 0 || clock.monotonic() + REPEAT_AFTER_MS >= deadline)
          return { ok: false, problem: ends };
        repeats -= 1;
        await clock.sleep(REPEAT_AFTER_MS);
      }
    },
  };
}

type Sent =
  | { readonly status: number; readonly answer: Answered; readonly body: unknown }
  | { readonly problem: ApiProblem; readonly again: boolean };

/** One request and its whole answer. */
async function send(
  { apiUrl, repository, token }: GitHubPlace,
  { method, path, body }: ApiRequest,
  limitMs: number,
  ports: AskPorts,
): Promise<Sent> {
  const request = {
    method,
    url: new URL(`${apiUrl}/repos/${repository}${path}`),
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'x-github-api-version': '2022-11-28',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  try {
    const answer = await ask(request, { limitMs, maxBytes: MAX_ANSWER_BYTES }, ports);
    // Of a gateway's page, or an endless one, the status says enough.
    const text = Buffer.from(answer.bytes ?? []).toString('utf8');
    return { status: answer.status, answer, body: parseJson(text) };
  } catch (error) {
    const fault = faultOf(error);
    if (!fault) throw error;
    const host = new URL(apiUrl).host;
    const hung = fault.code === 'TimeoutError';
    const text = hung
      ? `${host} gave no answer within ${Math.max(0, Math.round(limitMs / 100) / 10)} s`
      : `${host}: ${fault.explanation} (${fault.code})`;
    // One that hangs will hang again; only a connection that broke is worth another try.
    const doubtful = fault.kind !== 'refused' && fault.kind !== 'dns';
    return { problem: { text, doubtful, ...(hung ? { hung } : {}) }, again: !hung };
  }
}
