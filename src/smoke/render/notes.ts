import { printable } from '../../proof/encode.ts';
import type { Json } from '../../proof/schema.ts';

/**
 * What a page complained about. It fails nothing by itself: most pages of others that a page pulls in complain of something,
 * and whoever wants silence can expect it. It is listed where a failure has to be understood.
 */
export interface Notes {
  console(text: string): void;
  /** A request that came to nothing. */
  failed(url: string, why: string): void;
  /** The name of its file, or why there is none. */
  screenshot(text: string): void;
  /** The network was never still: the page is taken as it stood. */
  busy(): void;
  /** Flat, for the proof. */
  observed(): Record<string, Json>;
  /** In a sentence, for a check that failed; empty where there is nothing to tell. */
  hint(): { readonly hint?: string };
}

const MAX_LISTED = 20;
const MAX_LENGTH = 256;

/** `mask` takes the secrets out before a text is shortened: half of one is a secret that nobody knows. */
export function createNotes(mask: (text: string) => string): Notes {
  const errors = listOf(mask);
  const requests = listOf(mask);
  const more: Record<string, Json> = {};
  return {
    console: errors.add,
    failed: (url, why) => requests.add(`${placeOf(url)}: ${why}`),
    screenshot: (text) => {
      more.screenshot = printable(mask(text), MAX_LENGTH);
    },
    busy: () => {
      more.network = 'never still: the page is judged as it stood';
    },
    observed: () => ({
      ...(errors.all().length > 0 ? { consoleErrors: errors.all() } : {}),
      ...(requests.all().length > 0 ? { failedRequests: requests.all() } : {}),
      ...more,
    }),
    hint: () => {
      const parts = [
        ...(errors.first() ? [`On the console: ${errors.first()}.`] : []),
        ...(requests.first() ? [`Failed request: ${requests.first()}.`] : []),
      ];
      return parts.length === 0 ? {} : { hint: parts.join(' ') };
    },
  };
}

function listOf(mask: (text: string) => string) {
  const texts: string[] = [];
  let more = 0;
  return {
    add: (text: string) => {
      const line = printable(mask(text.slice(0, 16 * MAX_LENGTH)), MAX_LENGTH);
      if (texts.includes(line)) return;
      if (texts.length < MAX_LISTED) texts.push(line);
      else more += 1;
    },
    first: () => texts[0],
    all: () => (more === 0 ? [...texts] : [...texts, `and ${more} more`]),
  };
}

/** Host and path only: a query is where tokens travel. */
function placeOf(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^(https?|wss?):$/.test(url.protocol))
    return text.slice(0, text.indexOf(':') + 1) || 'a request';
  return `${url.host}${url.pathname}`;
}
