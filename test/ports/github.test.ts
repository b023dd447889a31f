import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/ports/clock.ts';
import { createGitHub } from '../../src/ports/github.ts';
import { readEvent } from '../../src/ports/github-event.ts';
import { placeFromEnvironment, workflowFile } from '../../src/ports/github-place.ts';
import { explain, waitOf } from '../../src/ports/github-problem.ts';
import { createHttp } from '../../src/ports/http.ts';
import { type GitHub, REPOSITORY, serveGitHub } from '../targets/github.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z');
const headers = (fields: Readonly<Record<string, string>>) => (name: string) => fields[name];

describe('how long a server wants to be left alone', () => {
  it.each<[number, Readonly<Record<string, string>>, number | undefined]>([
    [429, { 'retry-after': '7' }, 7_000],
    [403, { 'retry-after': '60' }, 60_000],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 90) }, 90_000],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 - 90) }, 1_000],
    [429, {}, 60_000],
    [503, { 'retry-after': '2' }, 2_000],
    [403, { 'x-ratelimit-remaining': '12' }, undefined],
    [403, {}, undefined],
    [500, { 'retry-after': '2' }, undefined],
    [429, { 'retry-after': 'Fri, 20 Nov 2026 10:00:05 GMT' }, 60_000],
  ])('is told by %i %j', (status, fields, waitMs) => {
    expect(waitOf(status, headers(fields), NOW)).toBe(waitMs);
  });

  it.each([
    ['You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', 60_000],
    ['Resource not accessible by integration', undefined],
  ])('is told in words: %s', (message, waitMs) => {
    expect(waitOf(403, headers({}), NOW, { message })).toBe(waitMs);
  });
});

describe('what an answer means', () => {
  const place = { apiUrl: 'https://api.github.com', repository: 'o/r' };
  it.each<[number, unknown, string]>([
    [401, {}, 'does not accept the token'],
    [403, { message: 'Resource not accessible by integration' }, 'permissions: checks: write'],
    [404, {}, 'shows no o/r to this token'],
    [422, { message: 'No commit found\nfor SHA' }, 'No commit found for SHA'],
    [502, undefined, 'a problem of its own (502)'],
    [418, { message: '##[error]x' }, 'answered 418'],
  ])('is one plain line for %i', (status, body, line) => {
    const text = explain(status, body, { needs: 'checks: write' }, place, undefined);
    expect(text).toContain(line);
    expect(text).not.toMatch(/\n|##\[/);
  });
});

describe('the place', () => {
  const env = { GITHUB_REPOSITORY: 'o/r', GITHUB_API_URL: 'https://api.github.com/' };
  it('is the run’s own repository and server', () => {
    expect(placeFromEnvironment(env, 't')).toEqual({
      apiUrl: 'https://api.github.com',
      repository: 'o/r',
      token: 't',
    });
    expect(placeFromEnvironment({ GITHUB_REPOSITORY: 'o/r' }, 't')).toMatchObject({
      apiUrl: 'https://api.github.com',
    });
  });

  it.each([
    ['there is no repository', {}, 't'],
    ['it is no repository', { ...env, GITHUB_REPOSITORY: 'o/r/../../x' }, 't'],
    ['there is no token', env, undefined],
    ['it would be sent in the clear', { ...env, GITHUB_API_URL: 'http://api.example.com' }, 't'],
    ['the API is no URL', { ...env, GITHUB_API_URL: 'nowhere' }, 't'],
  ])('is none when %s', (_, given, token) => {
    expect(typeof placeFromEnvironment(given, token)).toBe('string');
  });

  it('has a workflow file, if it is the repository’s own', () => {
    const ref = (text: string) => workflowFile({ GITHUB_REPOSITORY: 'o/r', GITHUB_WORKFLOW_REF: text });
    expect(ref('o/r/.github/workflows/a.yml@refs/heads/x')).toBe('.github/workflows/a.yml');
    expect(ref('o/other/.github/workflows/a.yml@refs/heads/x')).toBeUndefined();
    expect(ref('o/r/../../etc/passwd@x')).toBeUndefined();
  });
});

describe('the event', () => {
  it.each([
    ['is not there', undefined],
    ['is no JSON', '{'],
    ['has no commit', '{"pull_request":{"head":{"sha":"../x"}}}'],
  ])('is the run’s own commit when it %s', async (_, text) => {
    const folder = mkdtempSync(join(tmpdir(), 'ship-proof-event-'));
    try {
      const path = join(folder, 'event.json');
      if (text !== undefined) writeFileSync(path, text);
      expect(await readEvent({ GITHUB_EVENT_PATH: path, GITHUB_SHA: 'a' })).toEqual({
        headSha: 'a',
        fork: false,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a request', () => {
  let hub: GitHub;
  beforeEach(async () => {
    hub = await serveGitHub();
  });
  afterEach(() => hub[Symbol.asyncDispose]());

  const ask = (repeatable: boolean, limitMs = 5_000) =>
    createGitHub(
      { apiUrl: `${hub.url}/api`, repository: REPOSITORY, token: hub.token({ checks: 'read' }) },
      { http: createHttp(), clock: systemClock, userAgent: 'test' },
    ).request(
      { method: 'GET', path: '/check-runs/1', needs: 'checks: read', repeatable },
      performance.now() + limitMs,
    );

  it('is repeated after a doubtful end only where that makes no difference', async () => {
    hub.api.fault = () => ({ status: 502 });
    expect(await ask(false)).toMatchObject({ ok: false, problem: { status: 502, doubtful: true } });
    expect(hub.api.requests).toHaveLength(1);
    await ask(true);
    expect(hub.api.requests).toHaveLength(3);
  });

  it('does not follow a redirect, nor take its token along', async () => {
    hub.api.fault = () => ({ status: 307, headers: { location: 'https://elsewhere.example/' } });
    expect(await ask(true)).toMatchObject({ ok: false, problem: { status: 307, doubtful: false } });
    expect(hub.api.requests).toHaveLength(1);
  });

  it('ends at its deadline when the server hangs', async () => {
    hub.api.fault = () => 'hang';
    expect(await ask(true, 1_500)).toMatchObject({ ok: false, problem: { hung: true, doubtful: true } });
    expect(hub.api.requests).toHaveLength(1);
  });

  it('does not wait longer than its deadline for a server that is busy', async () => {
    hub.api.fault = () => ({ status: 429, headers: { 'retry-after': '30' } });
    expect(await ask(true, 1_000)).toMatchObject({ ok: false, problem: { status: 429 } });
    expect(hub.api.requests).toHaveLength(1);
  });
});
