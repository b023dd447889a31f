import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Items, memoryItems } from './idempotent-api-items.ts';
import { type ListenOptions, startServer, type Target } from './server.ts';

/** What is wrong with the API; each of them is what one case of the check is there to find. */
export const FLAWS = [
  'applies-twice',
  'ignores-the-key',
  'applies-late',
  'takes-one-write-ever',
  'applies-twice-when-raced',
  'ignores-the-payload',
  'loses-replies',
  'does-nothing',
] as const;
export type Flaw = (typeof FLAWS)[number];

export interface ApiOptions extends ListenOptions {
  readonly flaw?: Flaw;
  readonly items?: Items;
}

export interface IdempotentApi extends Target {
  readonly items: Items;
  /** The bodies that were posted, with their key, in order. */
  readonly posted: { readonly key: string; readonly body: string }[];
}

/**
 * Long enough that a client which leaves on purpose has left, and one that races has come. Counted in looks: a machine that stands
 * still for a moment uses up one of them, not all.
 */
const LOOKS = { most: 60, everyMs: 5 };

/**
 * `POST /items` with an `Idempotency-Key` adds one, as the draft of the IETF says it: the same key again is answered with the first
 * answer, 409 while that is being made, 422 with another payload. `GET /items` tells what there is, `DELETE /items/<name>` removes.
 */
export async function idempotentApi({
  flaw,
  items = memoryItems(),
  ...listen
}: ApiOptions = {}): Promise<IdempotentApi> {
  const posted: IdempotentApi['posted'] = [];
  const open = new Map<string, number>();
  /** Effects that are seen from a later look on, by how many looks that is away. */
  const late: { looks: number; name: string }[] = [];

  const add = async (key: string, body: string, response: ServerResponse): Promise<void> => {
    const { name } = JSON.parse(body) as { name: string };
    const apply = () => items.add(name);
    if (flaw === 'does-nothing') return answer(response, 201, { name });
    if (flaw === 'takes-one-write-ever' && items.keys() > 0 && !items.known(key))
      return answer(response, 201, { name });
    if (flaw === 'ignores-the-key') return answer(response, 201, { id: apply(), name });
    const known = items.known(key);
    if (known !== undefined) {
      if (known !== body && flaw !== 'ignores-the-payload')
        return answer(response, 422, { error: 'another payload' });
      if (flaw === 'applies-twice') apply();
      if (flaw === 'applies-late') late.push({ looks: 2, name });
      return answer(response, 201, { name });
    }
    const racing = flaw === 'applies-twice-when-raced';
    if (!racing && (open.get(key) ?? 0) > 0) return answer(response, 409, { error: 'in flight' });
    open.set(key, (open.get(key) ?? 0) + 1);
    try {
      if (racing) await whileOthersCome(() => (open.get(key) ?? 0) > 1 || response.destroyed);
      if (flaw !== 'loses-replies') {
        if (racing) items.remember(key, body);
        const id = racing ? apply() : items.addOnce(key, body, name);
        return answer(response, 201, { id, name });
      }
      const id = apply();
      await whileOthersCome(() => response.destroyed);
      if (!response.destroyed) items.remember(key, body);
      return answer(response, 201, { id, name });
    } finally {
      // Racers see one another until all of them are through.
      if (!racing) open.set(key, (open.get(key) ?? 1) - 1);
      else if (items.known(key) === undefined) open.delete(key);
    }
  };

  const target = await startServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://api').pathname;
    const { method } = request;
    if (method === 'GET' && path === '/items') {
      for (const effect of late) {
        effect.looks -= 1;
        if (effect.looks === 0) items.add(effect.name);
      }
      const names = items.names();
      return answer(response, 200, { total: names.length, items: names.map((name) => ({ name })) });
    }
    if (method === 'DELETE' && path.startsWith('/items/')) {
      const removed = items.remove(decodeURIComponent(path.slice('/items/'.length)));
      return answer(response, removed ? 200 : 404, { removed });
    }
    if (method !== 'POST' || path !== '/items') return answer(response, 404, { error: 'not found' });
    const key = request.headers['idempotency-key'];
    const body = await textOf(request);
    posted.push({ key: String(key), body });
    return typeof key === 'string' ? add(key, body, response) : answer(response, 400, { error: 'no key' });
  }, listen);
  return { ...target, items, posted };
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Waits until it holds, or for as long as others may need to come or leave. */
export async function whileOthersCome(holds: () => boolean): Promise<void> {
  for (let looks = 0; looks < LOOKS.most && !holds(); looks += 1)
    await new Promise((resolve) => setTimeout(resolve, LOOKS.everyMs));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
