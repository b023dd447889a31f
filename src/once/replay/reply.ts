/** What came back from one write, as far as verdicts look at it. */
export type Reply =
  | { readonly kind: 'status'; readonly status: number }
  /** A command's exit code. */
  | { readonly kind: 'code'; readonly code: number }
  /** We ended the connection after the request had left, before anything came back. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'none'; readonly why: string }
  /** It led where nothing may be written, and was not sent there. */
  | { readonly kind: 'forbidden'; readonly why: string };

/** `unclear`: the service did not decide about this write: it was not asked, was busy, or failed. */
export type Reception = 'accepted' | 'refused' | 'unclear';

/** Answers that are about the caller or the moment, not about the write. */
const NOT_ABOUT_IT = new Set([401, 403, 405, 407, 408, 421, 425, 429]);

/** A redirect that is not followed is how forms say that they were accepted. */
export function receptionOf(reply: Reply): Reception {
  if (reply.kind === 'code') return reply.code === 0 ? 'accepted' : 'refused';
  if (reply.kind !== 'status') return 'unclear';
  const { status } = reply;
  if (status < 200 || status >= 500 || NOT_ABOUT_IT.has(status)) return 'unclear';
  return status < 400 ? 'accepted' : 'refused';
}

/** The service says that it is still at work on the first one (409), or that it can't now (425, 503). */
export const isBusy = (reply: Reply): boolean =>
  reply.kind === 'status' && [409, 425, 503].includes(reply.status);

export function replyText(reply: Reply): string {
  switch (reply.kind) {
    case 'status':
      return String(reply.status);
    case 'code':
      return `exit code ${reply.code}`;
    case 'cut':
      return 'reply dropped';
    default:
      return reply.why;
  }
}

/** Many replies, each kind once: `1 × 201, 7 × 409`. */
export function repliesText(replies: readonly Reply[]): string {
  const [only, ...more] = replies;
  if (only && more.length === 0) return replyText(only);
  return [...Map.groupBy(replies, replyText)].map(([text, same]) => `${same.length} × ${text}`).join(', ');
}
