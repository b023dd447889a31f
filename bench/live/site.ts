/** The id that the deploy is to bring, and the one before it. */
export const WANTED = 'build-1795191564-1a2b3c4';
export const OLD = 'build-1795105164-9f8e7d6';

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What visitors get, as a function of the time since the deploy began, which is when the watchers start. */
export interface Site {
  /** From here on every visitor gets the new build. */
  readonly settledAtMs: number;
  /** `turn` counts the requests that a watcher's server has had. */
  answer(atMs: number, turn: number): Page;
}

/** A page of ordinary size that carries a build id where `stamp` puts it, and whatever else in its head. */
export function stamped(id: string, head = '', headers: Record<string, string> = {}): Page {
  return html(`<meta name="x-build-id" content="${id}">${head}`, {
    etag: `"${id}"`,
    'cache-control': 'no-cache',
    ...headers,
  });
}

export function html(head: string, headers: Record<string, string> = {}): Page {
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', ...headers },
    body: `<!doctype html>\n<html lang="en">\n<head>\n${head}\n<title>A page</title>\n</head>\n<body>\n${TEXT}</body>\n</html>\n`,
  };
}

const TEXT = '<p>Twenty kilobytes of text are what a page like this one has on an ordinary day.</p>\n'.repeat(
  240,
);
