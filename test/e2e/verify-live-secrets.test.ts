import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { origin, pageOf } from '../targets/origin.ts';
import { crossHostRedirect } from '../targets/redirects.ts';
import { startServer, type Target } from '../targets/server.ts';
import { FRONTS, type Inputs, NEW, type Proved, verifyLive } from './prove.ts';
import { runCli } from './run-dist.ts';

const SECRET = 's3cr3t/T0ken+with=signs';
const FORMS = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64').slice(0, 24)];
const HEADERS = `authorization: Bearer ${SECRET}\nx-bypass: ${SECRET}`;

const expectMasked = (run: Proved): void => {
  for (const form of FORMS) expect(run.everything).not.toContain(form);
};

/** Sends what it was sent back to the client, in every field that is printed, and as the place of a redirect. */
const echo = (): Promise<Target> =>
  startServer(({ url, headers }, response) => {
    const given = String(headers['x-bypass']);
    const fields = { etag: `"${given}"`, 'x-cache': `HIT ${given}`, age: given, 'content-type': 'text/html' };
    if (url === '/moved') {
      response.writeHead(302, { location: `/?token=${encodeURIComponent(given)}` }).end();
      return;
    }
    response.writeHead(200, fields).end(pageOf(url === '/other' ? given.replaceAll(/[^\w]/g, '') : NEW));
  });

describe.each(FRONTS)('a secret in `headers` (%s)', (front) => {
  const look = (url: string, inputs: Inputs = {}) =>
    verifyLive(front, url, { headers: HEADERS, 'max-polls': '2', ...inputs });

  it.concurrent('is sent to the origin in `url`, and stays there over a redirect to another', async () => {
    for (const status of [302, 307] as const) {
      await using hosts = await crossHostRedirect(NEW, { status });
      const run = await look(`${hosts.url}/`);
      expect([run.code, run.outputs.verdict]).toEqual([0, 'live']);
      expect(hosts.first.requests).toHaveLength(6);
      for (const { headers } of hosts.first.requests) {
        expect(headers).toMatchObject({ authorization: `Bearer ${SECRET}`, 'x-bypass': SECRET });
      }
      expect(hosts.second.requests).toHaveLength(6);
      for (const { rawHeaders } of hosts.second.requests) expect(rawHeaders.join('\n')).not.toContain(SECRET);
      const warned = run.proof?.checks.filter(({ status }) => status === 'warn') ?? [];
      expect(warned).toMatchObject([
        { id: `redirect:${hosts.url}/`, observed: `redirected to ${hosts.second.url}/` },
      ]);
    }
  });

  it.concurrent('is sent to both origins when both were given', async () => {
    await using hosts = await crossHostRedirect(NEW);
    await look(`${hosts.url}/\n${hosts.second.url}/`);
    for (const { headers } of hosts.second.requests) expect(headers['x-bypass']).toBe(SECRET);
  });

  it.concurrent('is masked wherever a server repeats it', async () => {
    await using target = await echo();
    for (const path of ['/', '/other', '/moved']) {
      const run = await look(target.url + path);
      expect(target.requests.at(-1)?.headers['x-bypass']).toBe(SECRET);
      expect(run.everything).toContain('***');
      expectMasked(run);
    }
  });

  it.concurrent('is not repeated by the error about it', async () => {
    const run = await look('http://127.0.0.1:9/', { headers: `x-bypass ${SECRET}` });
    expect(run.code).toBe(2);
    expectMasked(run);
  });

  it.concurrent('comes from the config by its name, and the environment by its value', async () => {
    await using target = await echo();
    await using folder = await configFolder(`
version: 1
live:
  url: ["${target.url}/", "${target.url}/?second"]
  max-polls: 2
  headers: { x-bypass: "\${secret:BYPASS}", accept-language: de }
`);
    const options = { cwd: folder.path, env: { BYPASS: SECRET } };
    const run = await verifyLive(front, `${target.url}/`, {}, options);
    expect([run.code, run.outputs.verdict]).toEqual([0, 'live']);
    expect(target.requests[0]?.headers).toMatchObject({ 'x-bypass': SECRET, 'accept-language': 'de' });
    expectMasked(run);
  });
});

describe('the config file', () => {
  it.concurrent('gives what no flag gives; a flag wins over it', async () => {
    await using site = await origin();
    site.deploy(NEW);
    const yaml = `version: 1\nlive:\n  url: ["${site.url}/", "${site.url}/build-id.txt"]\n  confirmations: 3\n`;
    await using folder = await configFolder(yaml);
    const run = await runCli(['verify-live', '--build-id', NEW, '--confirmations', '2', '--json'], {
      cwd: folder.path,
    });
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({
      result: { polls: 2 },
      subject: { url: [`${site.url}/`, `${site.url}/build-id.txt`] },
    });
  });

  it.concurrent('names file and line of what is wrong in it, and sends nothing', async () => {
    await using site = await origin();
    await using folder = await configFolder(`version: 1\nlive:\n  url: ${site.url}/\n  withn: 5s\n`);
    const run = await verifyLive('command line', `${site.url}/`, {}, { cwd: folder.path });
    expect([run.code, site.requests]).toEqual([2, []]);
    expect(run.stdout).toContain('withn');
    expect(run.stdout).toContain('did you mean `within`');
    expect(run.stdout).toContain('ship-proof.yml:4');
  });

  it.concurrent('is invalid without the variable that it needs', async () => {
    await using site = await origin();
    await using folder = await configFolder(`live:\n  headers: { x-bypass: "\${secret:NOT_SET}" }\n`);
    const run = await verifyLive('command line', `${site.url}/`, {}, { cwd: folder.path });
    expect([run.code, site.requests]).toEqual([2, []]);
    expect(run.stdout).toContain('NOT_SET');
  });
});

async function configFolder(yaml: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'ship-proof-config-'));
  await writeFile(join(path, 'ship-proof.yml'), yaml);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
