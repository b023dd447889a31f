import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Git's own http-backend behind a small server on loopback: a remote that a test can look into and break. Reading and
 * writing are two permissions, and each can fail in its own way.
 */
export type Fault =
  | { readonly status: 401 | 403 | 404 | 429 | 500 | 502 }
  /** The address that a redirecting server names. */
  | { readonly redirect: string }
  /** Answers everything with this page, as a network does that wants somebody to sign in. */
  | { readonly page: string }
  /** Never answers. */
  | 'hang'
  /** Breaks the connection in the middle of the pack, in either direction. */
  | 'reset';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly service: Service;
  readonly authorization: readonly string[];
}

export type Service = 'read' | 'write';

export interface GitHttp extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; repositories of the root follow as `/name.git`. */
  readonly origin: string;
  readonly seen: Seen[];
  /** Changed by tests at any time. */
  faults: { read?: Fault; write?: Fault };
}

/** Why somebody is not served: `authorization` is the header as sent. */
export type Refuses = (authorization: string | undefined, service: Service) => 401 | 403 | 404 | undefined;

/** `token`: answers 401 to whoever does not send it. `refuses`: judges each request by itself. */
export async function serveGit(
  root: string,
  options: { token?: string; refuses?: Refuses } = {},
): Promise<GitHttp> {
  const seen: Seen[] = [];
  const target = { seen, faults: {} as GitHttp['faults'] };
  const backend = `${execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim()}/git-http-backend`;
  const expected =
    options.token && `Basic ${Buffer.from(`x-access-token:${options.token}`).toString('base64')}`;

  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://localhost');
    const writes =
      url.pathname.endsWith('/git-receive-pack') || url.searchParams.get('service') === 'git-receive-pack';
    const service: Service = writes ? 'write' : 'read';
    const authorization = incoming.headersDistinct.authorization ?? [];
    seen.push({ method: incoming.method ?? '', path: url.pathname, service, authorization });
    if (expected && authorization[0] !== expected) return refuse(response, 401);
    const refusal = options.refuses?.(authorization[0], service);
    if (refusal !== undefined) return refuse(response, refusal);
    const fault = target.faults[service];
    if (fault === 'hang') return;
    if (fault === 'reset' && incoming.method === 'POST')
      return resetMidway(backend, root, url, incoming, response);
    if (typeof fault === 'object' && 'status' in fault) return refuse(response, fault.status);
    if (typeof fault === 'object' && 'page' in fault)
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(fault.page);
    if (typeof fault === 'object') {
      response.writeHead(302, { location: `${fault.redirect}${incoming.url}` }).end();
      return;
    }
    runBackend(backend, root, url, incoming, response);
  });
  const origin = await listen(server);
  return Object.assign(target, { origin, [Symbol.asyncDispose]: () => closeAll(server) });
}

/**
 * Passes everything on, but loses some answers to pushes: the server did what was asked, and the client never learns.
 * `loses` says for each push whether its answer is lost.
 */
export async function loseAnswers(
  origin: string,
  loses: () => boolean,
): Promise<{ origin: string; lost: number } & AsyncDisposable> {
  const target = new URL(origin);
  const proxy = { lost: 0 };
  const server = createServer((incoming, response) => {
    const { hostname, port } = target;
    const onward = request({
      hostname,
      port,
      path: incoming.url,
      method: incoming.method,
      headers: incoming.headers,
    });
    onward.on('response', (answer) => {
      const isPush = incoming.method === 'POST' && incoming.url?.endsWith('/git-receive-pack');
      if (isPush && loses()) {
        proxy.lost += 1;
        answer.resume().on('end', () => incoming.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => incoming.socket.destroy());
    incoming.pipe(onward);
  });
  return Object.assign(proxy, {
    origin: await listen(server),
    [Symbol.asyncDispose]: () => closeAll(server),
  });
}

function runBackend(
  backend: string,
  root: string,
  url: URL,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const child = spawnBackend(backend, root, url, incoming);
  incoming.pipe(child.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const { status, headers } = parseCgi(head.toString('latin1', 0, end));
    response.writeHead(status, headers).write(head.subarray(end + 4));
    head = undefined;
  });
  child.stdout.on('end', () => response.end());
}

/** Half of a request is read, or half of an answer sent; then the connection breaks. */
function resetMidway(
  backend: string,
  root: string,
  url: URL,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  if (url.pathname.endsWith('/git-receive-pack')) {
    incoming.once('data', () => incoming.socket.resetAndDestroy());
    return;
  }
  const child = spawnBackend(backend, root, url, incoming);
  incoming.pipe(child.stdin);
  child.stdout.once('data', (chunk: Buffer) => {
    const end = chunk.indexOf('\r\n\r\n');
    const { status, headers } = parseCgi(chunk.toString('latin1', 0, end));
    response
      .writeHead(status, headers)
      .write(chunk.subarray(end + 4, end + 4 + 40), () => incoming.socket.resetAndDestroy());
    child.kill();
  });
}

function spawnBackend(backend: string, root: string, url: URL, incoming: IncomingMessage) {
  const { headers, method } = incoming;
  const child = spawn(backend, {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: method,
      REMOTE_USER: 'tester',
      REMOTE_ADDR: '127.0.0.1',
      CONTENT_TYPE: headers['content-type'] ?? '',
      ...(headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: headers['content-length'] }),
      ...(headers['content-encoding'] === undefined
        ? {}
        : { HTTP_CONTENT_ENCODING: headers['content-encoding'] }),
      ...(headers['git-protocol'] === undefined ? {} : { GIT_PROTOCOL: String(headers['git-protocol']) }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  return child;
}

function parseCgi(text: string): { status: number; headers: Record<string, string> } {
  const headers = Object.fromEntries(
    text
      .split('\r\n')
      .map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );
  const { status = '200', ...others } = headers;
  return { status: Number.parseInt(status, 10), headers: others };
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 401 ? { 'www-authenticate': 'Basic realm="git"' } : {}).end('no\n');
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closeAll(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
