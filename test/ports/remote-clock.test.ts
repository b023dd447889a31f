import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { createHttp } from '../../src/ports/http.ts';
import { assertClockAgrees } from '../../src/ports/remote-clock.ts';
import { startServer } from '../targets/server.ts';

const SECOND = 1_000;

async function compare(date: string | undefined, headers: Record<string, string> = {}): Promise<string> {
  await using server = await startServer((_request, response) => {
    response.sendDate = false;
    response.writeHead(404, { ...(date === undefined ? {} : { date }), ...headers }).end();
  });
  const ports = { http: createHttp(), clock: systemClock, signal: new AbortController().signal };
  return await assertClockAgrees(new URL(`${server.url}/owner/repo`), ports).then(
    () => 'agrees',
    (error: Error) => error.message,
  );
}

const off = (ms: number) => new Date(Date.now() + ms).toUTCString();

describe("the clock of the store's server", () => {
  it.each([
    ['the same', off(0)],
    ['30 s ahead', off(30 * SECOND)],
    ['30 s behind', off(-30 * SECOND)],
    ['not told', undefined],
    ['unreadable', 'yesterday'],
  ])('is no reason to stop when it is %s', async (_what, date) => {
    expect(await compare(date)).toBe('agrees');
  });

  it('stops a run on a machine whose clock is behind', async () => {
    expect(await compare(off(86_400 * SECOND))).toMatch(
      /this machine's clock is 86\d{3} s behind that of 127\.0\.0\.1/,
    );
  });

  it('stops a run on a machine whose clock is ahead, which would open windows early', async () => {
    expect(await compare(off(-120 * SECOND))).toMatch(/this machine's clock is 1\d\d s ahead of that of/);
  });

  it('is not read out of a cache, where it is the time of some other day', async () => {
    expect(await compare(off(-86_400 * SECOND), { age: '86400' })).toBe('agrees');
  });

  it('is left to the store itself where nothing answers', async () => {
    const ports = { http: createHttp(), clock: systemClock, signal: new AbortController().signal };
    await expect(assertClockAgrees(new URL('http://127.0.0.1:1/'), ports)).resolves.toBeUndefined();
  });
});
