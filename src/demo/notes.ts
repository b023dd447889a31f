import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseJson } from '../proof/parse-json.ts';
import { listen, type Site } from './site.ts';

/**
 * An API with one write that is safe to repeat: a note is added once for each Idempotency-Key, a repeat gets the first
 * answer, and another note under the same key is refused (draft-ietf-httpapi-idempotency-key-header). `careless` adds
 * one each time, as most do.
 */
export async function startNotes(careless: boolean): Promise<Site> {
  const notes: string[] = [];
  const answers = new Map<string, { readonly note: string; readonly body: string }>();
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: string) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    if (request.method === 'GET') return answer(200, JSON.stringify({ notes }));
    const key = String(request.headers['idempotency-key'] ?? '');
    const note = noteOf(await text(request));
    if (request.method !== 'POST' || key === '' || note === undefined) return answer(400, '{}');
    const before = careless ? undefined : answers.get(key);
    if (before && before.note !== note) return answer(422, '{"error":"this key was used for another note"}');
    if (before) return answer(201, before.body);
    const body = JSON.stringify({ id: notes.push(note) });
    answers.set(key, { note, body });
    answer(201, body);
  });
  return listen(server);
}

function noteOf(body: string): string | undefined {
  const parsed = parseJson(body) as { readonly note?: unknown } | null | undefined;
  return typeof parsed?.note === 'string' ? parsed.note : undefined;
}
