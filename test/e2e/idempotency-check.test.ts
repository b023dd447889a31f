import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check, Proof } from '../../src/proof/schema.ts';
import { certificateAuthority } from '../targets/certificates.ts';
import { type IdempotentApi, idempotentApi } from '../targets/idempotent-api.ts';
import { realServer } from '../targets/idempotent-api-real.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { startServer } from '../targets/server.ts';
import { type Run, runAction, runCli, startCli } from './run-dist.ts';

const missing = requireOrSkip(['openssl']);

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ship-proof-idempotency-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const proofOf = ({ stdout }: Run) => JSON.parse(stdout) as Proof;
const statusesOf = ({ checks }: Proof) => checks.map(({ id, status }) => `${id} ${status}`);
const checkNamed = ({ checks }: Proof, id: string): Check => {
  const found = checks.find((check) => check.id === id);
  if (!found) throw new Error(`no check ${id}`);
  return found;
};

/** The config of a run, with small times so that tests are quick. */
const configure = (url: string, writes: string, more = '') =>
  writeFile(
    join(cwd, 'ship-proof.yml'),
    `idempotency:\n  base-url: ${url}\n  allow-writes-to: ${url}\n  settle: 50ms\n${more}  writes:\n${writes}`,
  );

const ITEM = `    - name: item
      write: { post: /items, headers: { Idempotency-Key: "{{key}}" }, json: { name: "probe-{{nonce}}" } }
      observe: { get: /items, count: "$[*]" }
`;

const CLEANED = `${ITEM.replace('"$[*]"', '"$.items[*]"')}      cleanup: [ { delete: "/items/probe-{{nonce}}" } ]
`;

describe('idempotency-check on software that others wrote', () => {
  it('catches the POST of json-server, which knows no keys', async () => {
    await using server = await realServer('json-server');
    const write = `    - name: item
      write:
        post: /items
        headers: { Idempotency-Key: "{{key}}" }
        json: { name: "probe-{{nonce}}" }
        capture: { id: { json: $.id, secret: false } }
      observe: { get: /items, count: "$[*]" }
      cleanup: [ { delete: "/items/{{id}}" } ]
`;
    await configure(server.url, write);
    const run = await runCli(['idempotency-check', '--json'], { cwd });
    const proof = proofOf(run);
    expect(run.code).toBe(1);
    expect(statusesOf(proof)).toEqual([
      'idempotency:item:first pass',
      'idempotency:item:repeat fail',
      ...['control', 'race', 'payload', 'lost-reply'].map((name) => `idempotency:item:${name} skipped`),
      'idempotency:item:cleanup pass',
    ]);
    expect(checkNamed(proof, 'idempotency:item:repeat')).toMatchObject({
      expected: 'no change',
      observed: '1 → 2: +1; reply: 201',
      at: { file: 'ship-proof.yml', line: 6 },
    });
    // Both of the items that it made are gone: each answer gave the id of its own.
    expect(await (await fetch(`${server.url}/items`)).json()).toEqual([]);
  });

  it('passes an endpoint behind express-idempotency', async () => {
    await using server = await realServer('express-idempotency');
    await configure(server.url, ITEM);
    const run = await runCli(['idempotency-check', '--json'], { cwd });
    const proof = proofOf(run);
    expect(statusesOf(proof)).toEqual(
      ['first', 'repeat', 'control', 'race', 'payload', 'lost-reply'].map(
        (name) => `idempotency:item:${name} pass`,
      ),
    );
    expect(run.code).toBe(0);
    expect(proof.result).toEqual({ passed: ['item'], failed: [] });
    // It answers a misused key with 417, and once what was raced.
    expect(checkNamed(proof, 'idempotency:item:payload').observed).toBe('3 → 3: no change; reply: 417');
    expect(checkNamed(proof, 'idempotency:item:race').observed).toMatch(/^2 → 3: \+1; replies: /);
  });
});

describe('idempotency-check as a program', () => {
  it('cleans up when it is told to end, and proves nothing', async () => {
    await using api = await idempotentApi();
    await using stalling = await stallingAfterWrite(api);
    await configure(stalling.url, CLEANED);
    const started = await startCli(['idempotency-check', '--json'], { cwd });
    while (!stalling.isStalled()) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(api.items.names()).toHaveLength(1);
    started.child.kill('SIGTERM');
    const run = await started.done;
    expect(run.code).toBe(3);
    expect(proofOf(run).outcome).toBe('inconclusive');
    expect(checkNamed(proofOf(run), 'idempotency:item:first').observed).toBe('stopped by SIGTERM');
    expect(checkNamed(proofOf(run), 'idempotency:item:cleanup').status).toBe('pass');
    expect(api.items.names()).toEqual([]);
  });

  it('keeps its time, and cleans up after it', async () => {
    await using api = await idempotentApi();
    await using stalling = await stallingAfterWrite(api);
    await configure(stalling.url, CLEANED, '  within: 3s\n');
    const run = await runCli(['idempotency-check', '--json'], { cwd });
    const proof = proofOf(run);
    expect(run.code).toBe(3);
    expect(checkNamed(proof, 'idempotency:item:first').observed).toContain('3s (`within`), was up');
    expect(checkNamed(proof, 'idempotency:item:cleanup').status).toBe('pass');
    expect(api.items.names()).toEqual([]);
  });

  it('shows no secret, neither a header’s nor one that stands in the state', async () => {
    const canary = 'canary-0123456789-secret';
    const states: string[] = [];
    await using api = await startServer(async (request, response) => {
      if (request.method === 'POST') states.push(`${request.headers.authorization} ${await bodyOf(request)}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(states));
    });
    const write = `    - name: item
      write: { post: /items, headers: { authorization: "Bearer \${secret:CANARY}" }, json: { name: "{{nonce}}" } }
      observe: { get: /items, json: $, secret: false }
`;
    await configure(api.url, write);
    const run = await runCli(['idempotency-check', '--out', 'out'], { cwd, env: { CANARY: canary } });
    const proof = await readFile(join(cwd, 'out', 'proof.json'), 'utf8');
    expect(states[0]).toContain(canary);
    expect(run.code).toBe(1);
    expect(`${run.stdout}${run.stderr}${proof}`).not.toContain(canary);
    expect(proof).toContain('***');
  });

  it.skipIf(missing !== undefined)('drops a reply over TLS as well', async () => {
    await using authority = await certificateAuthority();
    await using api = await idempotentApi({
      flaw: 'loses-replies',
      tls: await authority.issue(['127.0.0.1', 'localhost']),
    });
    await configure(api.url, CLEANED, '  without: [race, payload]\n');
    const env = { NODE_EXTRA_CA_CERTS: authority.caFile };
    const proof = proofOf(await runCli(['idempotency-check', '--json'], { cwd, env }));
    expect(proof.result).toEqual({ passed: [], failed: ['item'] });
    expect(checkNamed(proof, 'idempotency:item:lost-reply')).toMatchObject({
      status: 'fail',
      observed: '2 → 3 → 4: +1 without the reply, +1 by the repetition; reply: 201',
    });
  });

  it('runs the two scripts of the shortcut with key and nonce in their environment', async () => {
    const write =
      'test -e "$SHIP_PROOF_KEY" || { touch "$SHIP_PROOF_KEY"; echo "$SHIP_PROOF_NONCE" >> log; }; env > env.txt';
    const token = 'token-of-the-run-0123456789';
    await writeFile(join(cwd, 'log'), '');
    const run = await runCli(
      [
        'idempotency-check',
        '--write',
        write,
        '--observe',
        'wc -l < log',
        '--settle',
        '50ms',
        '--without',
        'race',
        '--json',
      ],
      { cwd, env: { SHIP_PROOF_INPUT_TOKEN: token, COPY_OF_TOKEN: token } },
    );
    const proof = proofOf(run);
    const seen = await readFile(join(cwd, 'env.txt'), 'utf8');
    expect(seen).toMatch(/^SHIP_PROOF_KEY=[0-9a-f-]{36}$/m);
    expect(seen).not.toContain(token);
    expect(statusesOf(proof)).toEqual([
      'idempotency:command:first pass',
      'idempotency:command:repeat pass',
      'idempotency:command:control pass',
      'idempotency:command:race skipped',
      'idempotency:command:payload fail',
      'idempotency:command:lost-reply skipped',
    ]);
    expect(proof.overrides).toEqual(['without: race', 'settle: 50ms']);
  });

  it('takes neither commands nor origins from a contributor’s config', async () => {
    await using api = await idempotentApi();
    await configure(
      api.url,
      '    - name: c\n      write: { run: touch pwned }\n      observe: { run: ls }\n',
    );
    const options = { cwd, eventName: 'pull_request' };
    await using named = await runAction({ mode: 'idempotency-check' }, options);
    expect(named.code).toBe(2);
    await using bare = await runAction(
      { mode: 'idempotency-check', 'base-url': api.url, 'allow-writes-to': `${api.url}\ncommands` },
      options,
    );
    expect(bare.code).toBe(2);
    expect(bare.stdout).toContain('config-untrusted');
    await configure(api.url, ITEM, '  write: touch pwned\n  observe: ls\n');
    await using shortcut = await runAction(
      { mode: 'idempotency-check', 'allow-writes-to': api.url },
      { cwd },
    );
    expect(shortcut.code).toBe(2);
    await expect(readFile(join(cwd, 'pwned'))).rejects.toThrow('ENOENT');
    expect(api.requests).toEqual([]);
  });
});

/** Hands everything on to the API, but answers no look after the first write: the run has to be ended, or to end by itself. */
async function stallingAfterWrite(api: IdempotentApi) {
  let stalled = false;
  const server = await startServer(async (request, response) => {
    const { method = 'GET', url, headers } = request;
    stalled ||= method === 'GET' && api.posted.length > 0;
    if (method === 'GET' && stalled) return;
    const answer = await fetch(`${api.url}${url}`, {
      method,
      headers: { 'idempotency-key': String(headers['idempotency-key'] ?? '') },
      ...(method === 'POST' ? { body: await bodyOf(request) } : {}),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  return { ...server, isStalled: () => stalled };
}

async function bodyOf(request: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
