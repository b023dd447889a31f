import { createServer } from 'node:net';
import { HOSTILE_TEXTS, type HostileText } from './hostile-corpus.ts';
import { type ListenOptions, listen } from './server.ts';

/** The fields that a prober may want to print. */
const FIELDS = [
  ...[
    'etag',
    'x-build-id',
    'x-cache',
    'cf-cache-status',
    'x-vercel-cache',
    'cache-status',
    'x-served-by',
    'via',
  ],
  ...['server', 'age', 'expires', 'cache-control', 'last-modified', 'retry-after', 'set-cookie', 'x-hostile'],
] as const;

/** What each text is served as: a page with it as its build id, plain text, JSON, an error, a redirect. */
export type HostileKind = 'html' | 'txt' | 'json' | 'error' | 'redirect';

export interface HostileTarget extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** In the body, and where HTTP allows it in the reason phrase and every field of interest. */
  urlOf(text: HostileText, kind?: HostileKind): string;
  /** In the fields whether HTTP allows it or not, written to the bare socket. */
  rawUrlOf(text: HostileText, kind?: HostileKind): string;
  /** The value on a folded line of its field (RFC 9112, 5.2). */
  foldedUrlOf(text: HostileText): string;
}

/** Sends every text of the corpus in every place. A bare socket, because node:http refuses to send half of it. */
export async function hostileHeaders(options: ListenOptions = {}): Promise<HostileTarget> {
  const server = createServer((socket) => {
    let head = '';
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const [, how = '', kind = '', index = ''] =
        /^GET \/(plain|raw|folded)\/([a-z]+)\/(\d+)/.exec(head) ?? [];
      const text = HOSTILE_TEXTS[Number(index)];
      socket.end(
        text && index !== '' ? answer(text, how, kind as HostileKind) : 'HTTP/1.1 404 Not Found\r\n\r\n',
      );
    });
  });
  const listening = await listen(server, options);
  const url = `http://127.0.0.1:${listening.port}`;
  const path = (how: string, text: HostileText, kind: HostileKind): string =>
    `${url}/${how}/${kind}/${HOSTILE_TEXTS.indexOf(text)}`;
  return {
    ...listening,
    url,
    urlOf: (text, kind = 'html') => path('plain', text, kind),
    rawUrlOf: (text, kind = 'html') => path('raw', text, kind),
    foldedUrlOf: (text) => path('folded', text, 'html'),
  };
}

const TYPES = {
  html: 'text/html',
  txt: 'text/plain',
  json: 'application/json',
  error: 'text/html',
  redirect: 'text/html',
};

function answer(text: HostileText, how: string, kind: HostileKind): Buffer {
  const inHeaders = how !== 'plain' || text.legalInHeader;
  // Clients limit all headers together to 16 KiB: a long value can only stand in one of them.
  const fields = text.value.length > 500 ? FIELDS.slice(0, 1) : FIELDS;
  const fold = how === 'folded' ? 'a\r\n ' : '';
  const status = { html: 200, txt: 200, json: 200, error: 500, redirect: 302 }[kind];
  const reason = inHeaders && text.value.length <= 500 ? text.value : 'OK';
  const body = bodyOf(text, kind);
  const lines = [
    `HTTP/1.1 ${status} ${how === 'folded' ? 'OK' : reason}`,
    ...(inHeaders ? fields.map((name) => `${name}: ${fold}${text.value}`) : []),
    ...(kind === 'redirect'
      ? [`location: http://127.0.0.1:9/${text.legalInHeader || how === 'raw' ? text.value : ''}`]
      : []),
    `content-type: ${TYPES[kind]}; charset=utf-8`,
    `content-length: ${body.length}`,
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, text.latin1 ? 'latin1' : 'utf8'), body]);
}

function bodyOf({ value }: HostileText, kind: HostileKind): Buffer {
  if (kind === 'txt') return Buffer.from(value);
  if (kind === 'json') return Buffer.from(JSON.stringify({ build: { id: value } }));
  const attribute = value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return Buffer.from(
    `<!doctype html><html><head><meta name="x-build-id" content="${attribute}"><title>${attribute}</title></head>` +
      `<body>\n${value}\n</body></html>\n`,
  );
}
