import { startServer, type Target } from './server.ts';

/** Answers every path with what is most expensive to look at; which, the path says. */
export const hostileBodies = (): Promise<Target> =>
  startServer((request, response) => {
    const [, kind = ''] = (request.url ?? '').split('/');
    const [type, body] = BODIES[kind]?.() ?? ['text/plain', 'nothing hostile'];
    response.writeHead(200, { 'content-type': type }).end(body);
  });

const BODIES: Readonly<Record<string, () => readonly [type: string, body: string]>> = {
  /** For `^(a+)+$`: no match, after 2^n tries. */
  redos: () => ['text/plain', `${'a'.repeat(60)}!`],
  'redos-in-json': () => ['application/json', JSON.stringify({ name: `${'a'.repeat(60)}!` })],
  'deep-json': () => ['application/json', `${'[{"a":'.repeat(40)}1${'}]'.repeat(40)}`],
  'deepest-json': () => ['application/json', '['.repeat(2_000_000)],
  'half-json': () => ['application/json', '{"name": "pro'],
  /** Unclosed formatting elements come back in each paragraph: n × n elements by the standard's own rules. */
  'quadratic-html': () => [
    'text/html',
    `<!doctype html><body>${Array.from({ length: 6_000 }, (_, id) => `<b id=x${id}>`).join('')}${'<p>'.repeat(6_000)}`,
  ],
  commands: () => ['text/html', '<h1>::error::owned ##[error]owned\u001b[31m\u2028</h1>'],
};

/** Sends every request on to another server, by the path's last part as the status, as its first part is the way there. */
export const redirector = (to: string): Promise<Target> =>
  startServer((request, response) => {
    const status = Number(/(\d{3})$/.exec(request.url ?? '')?.[1] ?? 302);
    request.resume().on('end', () => response.writeHead(status, { location: to }).end());
  });
