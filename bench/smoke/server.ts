// A process of its own: answers the requests of every tool, and tells the bench which ones it got.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Plant, reply, TOKEN_HEADER } from './work.ts';

/** What the bench says: break this answer from now on, and tell me what came since I last asked. */
export interface Order {
  readonly plant: Plant | undefined;
}

export interface Told {
  readonly port: number;
  /** Each request as `GET /path 200`, in the order in which they came. */
  readonly requests: readonly string[];
  readonly connections: number;
}

let plant: Plant | undefined;
let requests: string[] = [];
let connections = 0;

const server = createServer((request, response) => {
  const { method, url = '', headers } = request;
  const token = headers[TOKEN_HEADER];
  const { status, json } = reply(url, typeof token === 'string' ? token : undefined, plant);
  requests.push(`${method} ${url} ${status}`);
  request.resume();
  const body = JSON.stringify(json);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
});
server.on('connection', () => {
  connections += 1;
});

const tell = () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port, requests, connections } satisfies Told);
  [requests, connections] = [[], 0];
};
process.on('message', (order: Order) => {
  plant = order.plant;
  tell();
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', tell);
