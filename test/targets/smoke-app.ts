import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ListenOptions, startServer, type Target } from './server.ts';

export interface SmokeAppOptions extends ListenOptions {
  readonly buildId?: string;
}

export interface SmokeApp extends Target {
  /** What arrived as bodies, in order, with the type that was said. */
  readonly bodies: {
    readonly method: string;
    readonly url: string;
    readonly type: string;
    readonly body: string;
  }[];
  /** The build that answers from now on. */
  deploy(buildId: string): void;
}

/**
 * A small honest application: a page with the user's path on it, an API behind a session, a form, redirects. Everything
 * that a check can ask about an answer has one answer here that is right.
 */
export async function smokeApp(options: SmokeAppOptions = {}): Promise<SmokeApp> {
  let buildId = options.buildId ?? 'build-1-abc';
  const bodies: SmokeApp['bodies'] = [];
  const sessions = new Set<string>();

  const target = await startServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://app');
    const body = await textOf(request);
    const { method = '' } = request;
    if (body !== '')
      bodies.push({ method, url: request.url ?? '', type: request.headers['content-type'] ?? '', body });
    const answer = ANSWERS[`${method} ${url.pathname}`] ?? ANSWERS[`GET ${url.pathname}`];
    if (!answer) {
      response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end('<h1>Not found</h1>');
      return;
    }
    answer({ request, response, url, body, buildId, sessions });
  }, options);
  return {
    ...target,
    bodies,
    deploy: (next) => {
      buildId = next;
    },
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: string;
  readonly buildId: string;
  readonly sessions: Set<string>;
}

const html = ({ response, buildId }: Asked, body: string, headers = {}): void => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
  response.end(
    `<!doctype html><html><head><meta name="x-build-id" content="${buildId}"><title>Shop</title></head><body>${body}</body></html>`,
  );
};

const json = ({ response }: Asked, value: unknown, status = 200, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
};

const ANSWERS: Readonly<Record<string, (asked: Asked) => void>> = {
  'GET /': (asked) =>
    html(
      asked,
      '<h1>Welcome\n  <b>back</b></h1><ul><li class="item">One</li><li class="item">Two</li></ul>' +
        '<a class="next" href="/items/2">Next</a><script>var hidden = "not text";</script>',
      {
        'x-powered-by': 'shop',
        'cache-control': ['public', 'max-age=60'],
        'set-cookie': 'seen=yes-it-is; Path=/; HttpOnly; SameSite=Lax',
      },
    ),
  'POST /api/session': (asked) => {
    const { user } = JSON.parse(asked.body) as { user: string };
    const id = `session-of-${user}`;
    asked.sessions.add(id);
    json(asked, { token: `token-${user}-1234`, next: '/api/me' }, 201, {
      'set-cookie': [`sid=${id}; Path=/; HttpOnly`, 'theme=dark; Path=/'],
      location: '/api/me',
    });
  },
  'GET /api/me': (asked) => {
    const [, sid = ''] = /sid=([^;]+)/.exec(asked.request.headers.cookie ?? '') ?? [];
    if (!asked.sessions.has(sid)) json(asked, { error: 'sign in first' }, 401);
    else
      json(asked, { name: sid.replace('session-of-', ''), by: asked.request.headers.authorization ?? null });
  },
  'GET /api/items': (asked) =>
    json(asked, {
      items: [
        { id: 1, name: 'One', price: 9.5, tags: ['a', 'b'], stock: null, sold: false },
        { id: 2, name: 'Two', price: 20, tags: [], stock: 3, sold: true },
      ],
      total: 2,
      page: { next: '/api/items?page=2' },
    }),
  'GET /echo': (asked) =>
    json(asked, {
      method: asked.request.method,
      query: asked.url.search,
      headers: asked.request.headers,
      body: asked.body,
    }),
  'POST /form': (asked) =>
    asked.response.writeHead(303, { location: '/done', 'set-cookie': 'flash=saved-it; Path=/' }).end(),
  'GET /done': (asked) => html(asked, '<p>Done</p>'),
  'GET /moved': (asked) => asked.response.writeHead(302, { location: '/done' }).end(),
  'GET /error-with-200': (asked) => html(asked, '<h1>Application error</h1>'),
  'GET /text': (asked) =>
    asked.response.writeHead(200, { 'content-type': 'text/plain' }).end('ship + prove\n'),
  'GET /latin1': (asked) =>
    asked.response
      .writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' })
      .end(Buffer.from('caf\xe9', 'latin1')),
};

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
