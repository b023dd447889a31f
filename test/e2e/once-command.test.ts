import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { runAction } from './run-dist.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

const SECRET = 'a long random key secret';
const TOKEN = 'ghs_abcdefghijklmnopqrstuvwxyz0123456789';

/** What the command saw, from the `NUL` separated file that it wrote. */
function seen(): Record<string, string> {
  const text = readFileSync(join(shop.path, 'seen'), 'utf8');
  return Object.fromEntries(
    text.split('\0').map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
  );
}

const DUMP = ['sh', '-c', 'env -0 > seen; tr "\\0" "\\n" < /proc/self/cmdline > arguments'];

describe('the environment of the command', () => {
  it('has the key and the fence, and what it needs to work', async () => {
    const args = [
      'once',
      '--action',
      'invite',
      '--recipient',
      'ann@example.org',
      '--day',
      '2026-11-20',
      '--',
      ...DUMP,
    ];
    await shop.run(args, { env: { GREETING: 'hello', SHIP_PROOF_KEY_SECRET: SECRET } });
    const { SHIP_PROOF_KEY, SHIP_PROOF_FENCE, GREETING, PATH, HOME } = seen();
    expect({ SHIP_PROOF_FENCE, GREETING }).toEqual({ SHIP_PROOF_FENCE: '1', GREETING: 'hello' });
    expect(SHIP_PROOF_KEY).toMatch(/^invite\/[0-9a-f]{32}\/2026-11-20$/);
    expect(PATH).toBeTruthy();
    expect(HOME).toBeTruthy();
  });

  it('has no input, no credential of the runner’s and none of ours, under whatever name', async () => {
    const withheld = {
      ACTIONS_RUNTIME_TOKEN: 'runtime',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example',
      STATE_x: 'state',
      GITHUB_TOKEN: 'other token',
      GH_TOKEN: TOKEN,
      COPY_OF_SECRET: SECRET,
      SHIP_PROOF_KEY_SECRET: SECRET,
      SHIP_PROOF_INPUT_NAMESPACE: 'default',
    };
    const inputs = {
      mode: 'once',
      store: shop.store,
      action: 'invite',
      recipient: 'ann@example.org',
      run: 'env -0 > seen',
    };
    await using run = await runAction(inputs, { cwd: shop.path, token: TOKEN, env: withheld });
    expect(run.code).toBe(0);
    const names = Object.keys(seen());
    for (const name of Object.keys(withheld)) expect(names).not.toContain(name);
    const pattern =
      /^(INPUT_|ACTIONS_|STATE_|SHIP_PROOF_INPUT_|GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$)/i;
    expect(names.filter((name) => pattern.test(name))).toEqual([]);
    const text = Object.values(seen()).join('\n');
    for (const value of [TOKEN, SECRET, 'ann@example.org']) expect(text).not.toContain(value);
    expect(seen().GITHUB_REPOSITORY).toBe('octo-org/octo-repo');
  });

  it('has what pass-env names', async () => {
    const env = {
      GH_TOKEN: TOKEN,
      ACTIONS_CACHE_URL: 'https://cache.example',
      SHIP_PROOF_INPUT_TOKEN: TOKEN,
    };
    await shop.run(['once', '--key', 'k', '--pass-env', 'GH_TOKEN', '--', ...DUMP], { env });
    expect(seen().GH_TOKEN).toBe(TOKEN);
    expect(seen()).not.toHaveProperty('ACTIONS_CACHE_URL');
  });
});

describe('the output of the command', () => {
  it('is printed line by line, escaped and masked', async () => {
    const inputs = {
      mode: 'once',
      store: shop.store,
      action: 'invite',
      recipient: 'ann@example.org',
      run: 'echo "::error::fake"; echo "##[error]fake" >&2; printf "to ann@example.org\\033[31m\\n"',
    };
    await using run = await runAction(inputs, { cwd: shop.path, env: { SHIP_PROOF_KEY_SECRET: SECRET } });
    expect(run.code).toBe(0);
    expect(run.annotations).toEqual([]);
    expect(run.stdout).toContain('to ***\\u001b[31m');
  });

  it('does not keep the run from ending when a process is left behind with it', async () => {
    const left = await shop.run(['once', '--key', 'k', '--run', 'sleep 600 & echo $! > left; echo started']);
    expect(left.code).toBe(0);
    process.kill(Number(readFileSync(join(shop.path, 'left'), 'utf8')));
  });
});
