import type { Http, HttpAnswer, HttpRequest } from '../../ports/http.ts';

/** It would have been sent where nothing may be written. */
export class WriteForbidden extends Error {
  override readonly name = 'WriteForbidden';
}

/**
 * Sends writes to the origins that were named, and nowhere else: neither the request itself, nor anything that a redirect makes
 * of it. The answer that leads elsewhere is refused before the next hop is resolved.
 */
export function boundHttp(http: Http, origins: ReadonlySet<string>, follows: boolean): Http {
  const check = (url: URL, because: string) => {
    if (!origins.has(url.origin))
      throw new WriteForbidden(`${because} ${url.origin}, which is not in \`allow-writes-to\``);
  };
  return {
    resolve: (hostname, signal) => http.resolve(hostname, signal),
    request: async (request) => {
      check(request.url, 'the write goes to');
      const answer = await http.request(request);
      const location = follows ? redirectOf(answer, request) : undefined;
      if (!location) return answer;
      try {
        check(location, `a redirect (${answer.status}) leads the write to`);
      } catch (error) {
        answer.close();
        throw error;
      }
      return answer;
    },
  };
}

function redirectOf({ status, header }: HttpAnswer, { url }: HttpRequest): URL | undefined {
  const location = header('location');
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.parse(location, url.href) ?? undefined;
}

/** Thrown by us in place of an answer that we did not wait for. */
export class ReplyDropped extends Error {
  override readonly name = 'ReplyDropped';
}

/** Ends the connection as soon as the request has left, so that the service does the work and nobody hears of it. */
export const droppingHttp = (http: Http): Http => ({
  resolve: (hostname, signal) => http.resolve(hostname, signal),
  request: async (request) => {
    const cut = new AbortController();
    const signal = AbortSignal.any([request.signal, cut.signal]);
    try {
      return await http.request({ ...request, signal, onSent: () => cut.abort(new ReplyDropped()) });
    } catch (error) {
      // A connection that was ended by us may be told of in other words.
      throw cut.signal.aborted ? cut.signal.reason : error;
    }
  },
});
