import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';

/**
 * Servers that others wrote, as a process of their own: `node idempotent-api-process.ts json-server|express-idempotency`. The first
 * line that it prints is its port.
 */
const require = createRequire(import.meta.url);

type App = { use: (handler: unknown) => void; listen: (port: number, host: string) => Server } & Record<
  'post' | 'get' | 'delete',
  (path: string, ...handlers: unknown[]) => void
>;

const STARTS: Readonly<Record<string, () => Server>> = {
  'json-server': () => {
    const jsonServer = require('json-server');
    const app = jsonServer.create();
    app.use(jsonServer.defaults({ logger: false }));
    app.use(jsonServer.router({ items: [] }));
    return app.listen(0, '127.0.0.1');
  },
  'express-idempotency': () => {
    const express = require('express');
    const { getSharedIdempotencyService, idempotency } = require('express-idempotency');
    const items: { name: string }[] = [];
    const app: App = express();
    app.use(express.json());
    app.post('/items', idempotency(), (request: { body: { name: string } }, response: Answering) => {
      if (getSharedIdempotencyService().isHit(request)) return;
      items.push({ name: request.body.name });
      response.status(201).send({ id: items.length });
    });
    app.get('/items', (_: unknown, response: Answering) => response.send(items));
    return app.listen(0, '127.0.0.1');
  },
};

interface Answering {
  status: (code: number) => Answering;
  send: (body: unknown) => void;
}

const start = STARTS[process.argv[2] ?? ''];
if (!start) throw new Error(`name one of ${Object.keys(STARTS).join(', ')}`);
const server = start();
await once(server, 'listening');
process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
