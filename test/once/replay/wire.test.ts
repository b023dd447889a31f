import { describe, expect, it } from 'vitest';
import { droppingHttp, ReplyDropped } from '../../../src/modes/replay/guard.ts';
import { createHttp } from '../../../src/ports/http.ts';
import { idempotentApi, whileOthersCome } from '../../targets/idempotent-api.ts';
import { startServer } from '../../targets/server.ts';
import { check } from './run.ts';

const list = (write: string, more = '') => `
- name: item
  write: { ${write} }
  observe: { get: /items, count: "$.items[*]" }
${more}`;
const KEYED = 'post: /items, headers: { Idempotency-Key: "{{key}}" }, json: { name: "{{nonce}}" }';
const given = (url: string, checks: string) => ({ 'base-url': url, 'allow-writes-to': url, checks });

describe('a replay on the wire', () => {
  it('repeats to the byte, and changes what it says it changes', async () => {
    await using api = await idempotentApi();
    await check({ ...given(api.url, list(KEYED)), race: '3' });
    const sent = api.requests
      .filter(({ method }) => method === 'POST')
      .map(({ url, rawHeaders }, index) => JSON.stringify([url, rawHeaders, api.posted[index]]));
    const [first, repeat, control, raced, raced2, raced3, payload, lost, lostAgain] = sent;
    expect(sent).toHaveLength(9);
    expect(repeat).toBe(first);
    expect([raced2, raced3]).toEqual([raced, raced]);
    expect(lostAgain).toBe(lost);
    expect(new Set([first, control, raced, payload, lost]).size).toBe(5);
    const [a, , b, , , , c] = api.posted;
    expect([b?.key === a?.key, b?.body === a?.body]).toEqual([false, false]);
    expect([c?.key === a?.key, c?.body === a?.body]).toEqual([true, false]);
  });

  it('takes the other payload that was written down where there is no nonce', async () => {
    await using api = await idempotentApi();
    const write = 'post: /items, headers: { Idempotency-Key: "{{key}}" }, json: { name: same }';
    const without = await check(given(api.url, list(write)));
    expect(without.statuses).toMatchObject({ payload: 'skipped', 'lost-reply': 'pass' });
    expect(without.checks['idempotency:item:payload']?.observed).toContain('no `{{nonce}}` in the payload');
    const posted = api.posted.length;
    const { statuses } = await check(given(api.url, list(write, '  other: { json: { name: other } }')));
    expect(statuses).toMatchObject({ payload: 'pass', 'lost-reply': 'pass' });
    const bodies = api.posted.slice(posted).map(({ body }) => body);
    expect(bodies.filter((body) => body === '{"name":"other"}')).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])(
    'refuses to follow a %i out of what may be written to, and asks nothing there',
    async (status) => {
      await using elsewhere = await startServer((_, response) => void response.end('[]'));
      await using api = await startServer((request, response) => {
        if (request.method === 'GET') response.end('{"items":[]}');
        else response.writeHead(status, { location: `${elsewhere.url}/items` }).end();
      });
      const { proof, checks } = await check(given(api.url, list(KEYED)));
      expect(proof.outcome).toBe('refused');
      expect(checks['idempotency:item:first']?.observed).toContain(
        `a redirect (${status}) leads the write to ${elsewhere.url}, which is not in`,
      );
      expect(elsewhere.requests).toEqual([]);
      expect(api.requests.filter(({ method }) => method !== 'GET')).toHaveLength(1);
    },
  );

  it('refuses what a captured value would have it clean up elsewhere', async () => {
    await using elsewhere = await startServer((_, response) => void response.end('{}'));
    await using api = await startServer((request, response) => {
      if (request.method === 'GET') response.end('{"items":[1]}');
      else response.writeHead(201).end(JSON.stringify({ self: `${elsewhere.url}/items/1` }));
    });
    const more = '  cleanup: [ { delete: "{{self}}" } ]\n';
    const write = `${KEYED}, capture: { self: { json: $.self, secret: false } }`;
    const { checks } = await check({ ...given(api.url, list(write, more)), 'allow-private': true });
    expect(checks['idempotency:item:cleanup']).toMatchObject({ status: 'warn' });
    expect(checks['idempotency:item:cleanup']?.observed).toContain(`the write goes to ${elsewhere.url}`);
    expect(elsewhere.requests).toEqual([]);
  });

  it('counts what was cleaned up, not what it had no value for', async () => {
    await using api = await idempotentApi();
    const more = '  cleanup: [ { delete: "/items/{{id}}" }, { delete: "/items/probe-{{nonce}}" } ]\n';
    const { checks } = await check(given(api.url, list(`${KEYED}, capture: { id: { header: x-id } }`, more)));
    const observed = checks['idempotency:item:cleanup']?.observed;
    expect(observed).toMatch(/^[1-9]\d* done; .*no answer gave what it needs$/);
    expect(observed).toContain(`${new Set(api.posted.map(({ body }) => body)).size} done`);
  });

  it('asks again when the service is still at work on the write whose reply was dropped', async () => {
    const names: string[] = [];
    const keys = new Map<string, string>();
    let busy = 0;
    await using api = await startServer(async (request, response) => {
      const say = (status: number, value: unknown) => response.writeHead(status).end(JSON.stringify(value));
      if (request.method === 'GET') return void say(200, { items: names });
      const key = String(request.headers['idempotency-key']);
      const body = await textOf(request);
      if (keys.has(key) && keys.get(key) !== body) return void say(422, {});
      if (keys.has(key)) return void say(busy-- > 0 ? 409 : 200, {});
      keys.set(key, body);
      names.push(body);
      // Whoever hangs up keeps it busy for two more tries.
      await whileOthersCome(() => response.destroyed);
      if (response.destroyed) busy = 2;
      say(201, {});
    });
    const { proof, checks } = await check(given(api.url, list(KEYED)));
    expect(proof.outcome).toBe('passed');
    const attempt = checks['idempotency:item:lost-reply']?.attempts?.[0]?.observed;
    expect(attempt?.replies).toEqual(['reply dropped', '409', '409', '200']);
  });

  it('ends when the state never rests, and when it can’t be read', async () => {
    let count = 0;
    await using busy = await startServer(
      (_, response) => void response.end(JSON.stringify({ items: [count++] })),
    );
    const observe = list(KEYED).replace('count: "$.items[*]"', 'json: "$.items[0]"');
    const restless = await check({ ...given(busy.url, observe), within: '700ms' });
    expect(restless.statuses.first).toBe('untestable');
    expect(busy.requests.every(({ method }) => method === 'GET')).toBe(true);
    await using gone = await startServer((_, response) => void response.writeHead(500).end());
    const unread = await check({ ...given(gone.url, list(KEYED)), within: '700ms' });
    expect(unread.proof.outcome).toBe('inconclusive');
    expect(gone.requests.every(({ method }) => method === 'GET')).toBe(true);
  });
});

describe('a dropped reply', () => {
  it('is dropped after all of a large request has arrived', async () => {
    const arrived = Promise.withResolvers<number>();
    await using server = await startServer(async (request) => {
      let bytes = 0;
      for await (const chunk of request) bytes += (chunk as Buffer).length;
      arrived.resolve(bytes);
    });
    const body = Buffer.alloc(8 * 1024 * 1024, 'x');
    const request = { method: 'POST', url: new URL(server.url), headers: {}, body } as const;
    const asked = droppingHttp(createHttp()).request({ ...request, signal: AbortSignal.timeout(20_000) });
    await expect(asked).rejects.toBeInstanceOf(ReplyDropped);
    expect(await arrived.promise).toBe(body.length);
  });
});

async function textOf(request: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
