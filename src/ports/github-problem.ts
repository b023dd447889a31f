import { printable } from '../proof/encode.ts';

/** What an answer of GitHub's means, in one line that says what to do. */
export function explain(
  status: number,
  body: unknown,
  { needs }: { readonly needs: string },
  { apiUrl, repository }: { readonly apiUrl: string; readonly repository: string },
  waitMs: number | undefined,
): string {
  const host = new URL(apiUrl).host;
  const said = messageOf(body);
  if (waitMs !== undefined)
    return `${host} limits its requests (${status}) and wants to be asked again in ${Math.ceil(waitMs / 1000)} s`;
  switch (status) {
    case 401:
      return `${host} does not accept the token (401): give one that is valid`;
    case 403:
      return `the token may not do that in ${repository} (403): the job needs \`permissions: ${needs}\``;
    case 404:
      return `${host} shows no ${repository} to this token (404): the job needs \`permissions: ${needs}\``;
    case 422:
      return `${host} refuses what was sent (422): ${said}`;
    default:
      return status >= 500
        ? `${host} has a problem of its own (${status})`
        : `${host} answered ${status}: ${said}`;
  }
}

/**
 * How long a server that limits requests wants to be left alone: a 429, or a 403 that says so, by Retry-After (seconds), by the time at
 * which a used-up budget is renewed (epoch seconds), or in words alone, which mean a minute at least.
 */
export function waitOf(
  status: number,
  header: (name: string) => string | undefined,
  nowMs: number,
  body?: unknown,
): number | undefined {
  if (status !== 429 && status !== 403 && status !== 503) return undefined;
  const after = Number.parseInt(header('retry-after') ?? '', 10);
  if (after >= 0) return after * 1000;
  const reset = Number.parseInt(header('x-ratelimit-reset') ?? '', 10);
  if (header('x-ratelimit-remaining') === '0' && reset > 0) return Math.max(1_000, reset * 1000 - nowMs);
  const isLimit = status === 429 || (status === 403 && /\brate limit\b/i.test(messageOf(body)));
  return isLimit ? 60_000 : undefined;
}

function messageOf(body: unknown): string {
  const { message } = (body ?? {}) as { message?: unknown };
  return printable(typeof message === 'string' ? message.replaceAll(/\s+/g, ' ') : 'without a reason', 200);
}
