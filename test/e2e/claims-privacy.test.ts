import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git } from '../ledger/fixtures.ts';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { runAction, runCli } from './run-dist.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

const RECIPIENT = 'ann.canary@example.org';
const PAYLOAD = 'Dear canary, your invitation';
const SECRET = 'a long random canary secret';
const args = (more: readonly string[] = []) => [
  '--action',
  'invite',
  '--recipient',
  RECIPIENT,
  '--payload',
  PAYLOAD,
  '--store',
  shop.store,
  ...more,
];

/** A text as it tends to leak: plain, as hex, and in base64 at each of its three alignments. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const aligned = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    return encoded.slice(shift === 0 ? 0 : shift + 1, -4);
  });
  return [text, encodeURIComponent(text), bytes.toString('hex'), ...aligned].map((form) =>
    form.toLowerCase(),
  );
}

/** Every object of the store, unpacked: commits, trees and records. */
function storeContents(): string {
  const repository = shop.store.slice('git+file:'.length);
  const ids = git(['-C', repository, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)']);
  return execFileSync('git', ['-C', repository, 'cat-file', '--batch'], {
    input: `${ids}\n`,
    encoding: 'latin1',
  });
}

function filesUnder(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n');
}

function expectNone(text: string, values: readonly string[]): void {
  expect(text.length).toBeGreaterThan(0);
  for (const form of values.flatMap(formsOf)) expect(text.toLowerCase()).not.toContain(form);
}

describe('recipients, payloads and secrets', () => {
  it.each([RECIPIENT, `x ${RECIPIENT}`, `xy ${RECIPIENT}`])(
    'would be found in any form, were they there: %s',
    (text) => {
      const leaks = [
        text,
        encodeURIComponent(text),
        Buffer.from(text).toString('hex'),
        Buffer.from(text).toString('base64'),
      ];
      for (const leak of leaks) expect(() => expectNone(leak, [RECIPIENT])).toThrow();
    },
  );

  it('stand in no ledger, log, proof, output or summary', async () => {
    const env = { SHIP_PROOF_KEY_SECRET: SECRET };
    const talkative = `echo "to ${RECIPIENT}"; printf %s "${RECIPIENT}" | base64; exit 1`;
    const inputs = {
      mode: 'once',
      store: shop.store,
      action: 'invite',
      recipient: RECIPIENT,
      payload: PAYLOAD,
      run: talkative,
    };
    await using run = await runAction(inputs, { cwd: shop.path, env });
    expect(run.code).toBe(1);
    // The one line that tells the runner what to mask is the only one that holds it.
    const said = run.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    const results = [
      said.join('\n'),
      run.stderr,
      run.summary,
      JSON.stringify([run.outputs, run.state, run.annotations]),
      filesUnder(run.runnerTemp),
    ];
    expectNone(results.join('\n'), [RECIPIENT, SECRET]);
    const released = await runCli(
      ['release', ...args(['--confirm-destructive']).filter((_, index) => index !== 4 && index !== 5)],
      { env },
    );
    expect(released.code).toBe(0);
    expectNone(released.stdout + released.stderr, [RECIPIENT, SECRET]);
    expectNone(storeContents(), [RECIPIENT, PAYLOAD, SECRET]);
  });

  it('are keyed by the secret: the plain digest stands nowhere', async () => {
    const plain = await runCli(['claim', ...args(['--namespace', 'plain'])]);
    const keyed = await runCli(['claim', ...args(['--namespace', 'keyed'])], {
      env: { SHIP_PROOF_KEY_SECRET: SECRET },
    });
    expect([plain.code, keyed.code]).toEqual([0, 0]);
    const [one, other] = [shop.entries('plain')[1]?.key, shop.entries('keyed')[1]?.key];
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(other).toMatch(/^[0-9a-f]{64}$/);
    expect(one).not.toBe(other);
  });

  it('are warned about in one line where there is no secret, and only for a recipient', async () => {
    const warned = await runCli(['claim', ...args()]);
    const warnings = warned.stdout.split('\n').filter((line) => line.includes('warning='));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('SHIP_PROOF_KEY_SECRET');
    const [keyed, bare] = await Promise.all([
      runCli(['claim', ...args(['--namespace', 'keyed'])], { env: { SHIP_PROOF_KEY_SECRET: SECRET } }),
      runCli(['claim', '--key', 'k', '--store', shop.store]),
    ]);
    expect(keyed.stdout + bare.stdout).not.toContain('warning=');
  });

  it('may be short: a name too short to be masked is no error', async () => {
    const short = await runCli(['claim', '--action', 'invite', '--recipient', 'bo', '--store', shop.store]);
    expect(short.code).toBe(0);
  });

  it.each([
    ['public, without a secret', false, {}, 2],
    ['public, with a secret', false, { SHIP_PROOF_KEY_SECRET: SECRET }, 0],
    ['private, without a secret', true, {}, 0],
  ])('in a repository that is %s', async (_, isPrivate, env, code) => {
    const inputs = { mode: 'claim', store: shop.store, action: 'invite', recipient: RECIPIENT };
    await using run = await runAction(inputs, {
      cwd: shop.path,
      env,
      event: { repository: { private: isPrivate } },
    });
    expect(run.code).toBe(code);
    if (code === 0) return;
    expect(run.stdout).toContain('key-secret-missing');
    expect(() => shop.head()).toThrow();
  });

  it.each([
    ['is cut short', 'event.json'],
    ['is a folder', '.'],
  ])(
    'need a secret also where the event, which might say that the repository is public, %s',
    async (_, name) => {
      writeFileSync(join(shop.path, 'event.json'), '{"repository": {"priv');
      const event = join(shop.path, name);
      const run = (env: Record<string, string>) =>
        runCli(['claim', ...args()], { env: { GITHUB_ACTIONS: 'true', GITHUB_EVENT_PATH: event, ...env } });
      const unknown = await run({});
      expect(unknown.code).toBe(3);
      expect(unknown.stdout + unknown.stderr).toContain('event-unreadable');
      expect(() => shop.head()).toThrow();
      expect((await run({ SHIP_PROOF_KEY_SECRET: SECRET })).code).toBe(0);
    },
  );
});
