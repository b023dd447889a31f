import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIST } from '../e2e/run-dist.ts';
import { cachingEdge } from '../targets/caching-edge.ts';
import { freePort } from '../targets/ports.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { startServer } from '../targets/server.ts';
import { blocksOf, pages } from './pages.ts';

/** The program under the names that the pages call it by, as the only thing that is not the machine's own. */
let bin: string;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'ship-proof-bin-'));
  const program = `exec ${JSON.stringify(process.execPath)} ${JSON.stringify(DIST)} "$@"\n`;
  await writeFile(join(bin, 'ship-proof'), `#!/bin/sh\n${program}`);
  await writeFile(join(bin, 'npx'), `#!/bin/sh\n[ "$1" = --yes ] && shift\nshift\n${program}`);
  for (const name of ['ship-proof', 'npx']) await chmod(join(bin, name), 0o755);
});
afterAll(() => rm(bin, { recursive: true, force: true }));

const PAGES = pages();

/** The block of a page in which these words stand. There has to be exactly one: what is moved is found again, or missed. */
function block(path: string, start: string | RegExp): string {
  const page = PAGES.find((one) => one.path === path);
  const found = page
    ? blocksOf(page).filter(({ text }) =>
        typeof start === 'string' ? text.includes(start) : start.test(text),
      )
    : [];
  expect(found, `${path}: ${start}`).toHaveLength(1);
  return found[0]?.text ?? '';
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script as somebody would who pastes it, line by line, and stops at the first that fails. */
function run(script: string, cwd: string): Promise<Ended> {
  const child = spawn('bash', ['-eo', 'pipefail', '-c', `shopt -s expand_aliases\n${script}`], {
    cwd,
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: cwd,
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
    },
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (out.stdout += chunk));
  child.stderr.on('data', (chunk) => (out.stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...out }));
  });
}

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'ship-proof-user-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A site behind an edge that keeps what it has for so long. */
async function site(dir: string, ttlMs: number) {
  const origin = await startServer(async (_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(await readFile(join(dir, 'index.html')));
  });
  return { origin, edge: await cachingEdge(origin, { ttlMs }) };
}

// They are lines of a POSIX shell.
describe.skipIf(process.platform === 'win32')('what the pages tell to type', () => {
  it('README: a build is stamped, and live once the edge lets go of the old one', async () => {
    await using user = await folder();
    const dist = join(user.path, 'dist');
    await mkdir(dist);
    await writeFile(join(dist, 'index.html'), '<!doctype html><title>x</title>');
    const { origin, edge } = await site(dist, 1_500);
    await using _origin = origin;
    await using _edge = edge;
    await fetch(edge.url);
    const script = block('README.md', 'ID="build-').replace('https://app.example.com/', `${edge.url}/`);
    const ran = await run(script, user.path);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/verify-live outcome=passed exit=0 .*\n$/);
  });

  it('README: of many that do it at once, one does', async () => {
    await using user = await folder();
    await writeFile(join(user.path, 'send-invite.sh'), '#!/bin/sh\necho sent >> sent.txt\n', { mode: 0o755 });
    const script = block('README.md', 'once --action invite');
    const all = await Promise.all([run(script, user.path), run(script, user.path)]);
    const after = await run(script, user.path);
    expect(all.map(({ code }) => code)).toContain(0);
    for (const { code } of all) expect([0, 4]).toContain(code);
    expect(after).toMatchObject({ code: 0, stdout: expect.stringContaining('outcome=skipped') });
    expect(await readFile(join(user.path, 'sent.txt'), 'utf8')).toBe('sent\n');
  });

  it('getting started: a page on this machine', async (ctx) => {
    const missing = requireOrSkip(['python3']);
    if (missing) ctx.skip(missing);
    await using user = await folder();
    const port = String(await freePort());
    const ran = await run(
      block('docs/getting-started.md', 'http.server').replaceAll('8080', port),
      user.path,
    );
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout.match(/ outcome=\w+/g)).toEqual([
      ' outcome=passed',
      ' outcome=passed',
      ' outcome=failed',
      ' outcome=passed',
    ]);
    expect(ran.stdout).toContain('verdict=old-build');
    expect(ran.stdout).toContain('exit 1: not that one\n');
  });

  it('getting started: once', async () => {
    await using user = await folder();
    const ran = await run(
      block('docs/getting-started.md', 'send.sh').replace(
        /^/,
        "alias ship-proof='npx --yes github:org/ship-proof'\n",
      ),
      user.path,
    );
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/outcome=passed.*\n[\s\S]*outcome=skipped.*\n[^\n]+ada@example\.com\n$/);
    expect((await readFile(join(user.path, 'sent.txt'), 'utf8')).split('\n')).toHaveLength(2);
  });

  it('the ledger: read without us, and left', async (ctx) => {
    const missing = requireOrSkip(['git', 'jq']);
    if (missing) ctx.skip(missing);
    await using user = await folder();
    const scene = await run(
      `git init -q --bare origin.git
       ship-proof once --key release-1 --store git+file:origin.git -- true
       git clone -q origin.git clone 2>/dev/null`,
      user.path,
    );
    expect(scene.code, scene.stdout + scene.stderr).toBe(0);
    const clone = join(user.path, 'clone');
    const read = await run(block('docs/ledger.md', 'git log --oneline refs/ship-proof'), clone);
    expect(read.code, read.stderr).toBe(0);
    expect(read.stdout).toMatch(/"kind": "genesis"[\s\S]*"seq":2[\s\S]*claims\/[0-9a-f]{2}\//);
    const kept = await run(block('docs/ledger.md', '> ledger.jsonl'), clone);
    expect(kept.code, kept.stderr).toBe(0);
    const entries = (await readFile(join(clone, 'ledger.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(entries.map((line) => JSON.parse(line).kind)[0]).toBe('genesis');
    const left = await run(
      `${block('docs/ledger.md', '--delete refs/ship-proof')}\ngit for-each-ref refs/ship-proof`,
      clone,
    );
    expect(left.code, left.stderr).toBe(0);
    expect((await run('git ls-remote origin', clone)).stdout).toBe('');
    expect((await run('git for-each-ref refs/ship-proof', clone)).stdout).toBe('');
  });

  it('proof: its digest is worked out by hand as the ledger has it', async (ctx) => {
    const missing = requireOrSkip(['jq', 'sha256sum']);
    if (missing) ctx.skip(missing);
    await using user = await folder();
    await run('ship-proof stamp --dir nowhere --json > proof.json || true', user.path);
    const { proofDigest } = await import('../../src/proof/digest.ts');
    const proof = JSON.parse(await readFile(join(user.path, 'proof.json'), 'utf8'));
    const ran = await run(block('docs/proof.md', 'jq -cjS'), user.path);
    expect(ran.stdout.split(' ')[0]).toBe(proofDigest(proof).replace('sha256:', ''));
  });

  it('unattended: run, watched, stopped, written down, and accounted for', async (ctx) => {
    const missing = requireOrSkip(['git']);
    if (missing) ctx.skip(missing);
    await using user = await folder();
    const guide = (start: string | RegExp) => block('docs/unattended.md', start);
    await writeFile(join(user.path, 'ship-proof.yml'), guide('spend-cap: 5.00'));
    await writeFile(join(user.path, 'digest.sh'), `#!/bin/sh\n${guide('usd_in')}\n`, { mode: 0o755 });
    await run('git init -q .', user.path);
    const cron =
      guide('*/30 * * * *')
        .split('\n')
        .find((line) => line.startsWith('0 ')) ?? '';
    // As cron does: the times go, the folder is the user's.
    const tick = cron.replace(/^(\S+ +){5}/, '').replace('/srv/digest', user.path);
    const log = async () => readFile(join(user.path, 'digest.log'), 'utf8');
    expect((await run(`${tick}\n${tick}`, user.path)).code, await log()).toBe(0);
    expect((await log()).match(/ outcome=\w+/g)).toEqual([' outcome=passed', ' outcome=skipped']);
    const stop = guide('kill --scope ticks').split('\n')[0] ?? '';
    expect((await run(`${stop}\nship-proof tick --runner digest -- ./digest.sh`, user.path)).stdout).toMatch(
      /outcome=halted exit=0 .*kill-flag/,
    );
    expect((await run(guide('rearm --scope ticks'), user.path)).code).toBe(0);
    expect((await run(guide('incident --runner digest --title'), user.path)).code).toBe(0);
    const screen = await run(guide(/^ship-proof status --runner digest$/), user.path);
    expect(screen.stdout).toContain('spent=$0.03 cap=$5.00');
    expect(screen.stdout).toContain('inc-1="open: wrong list since Monday"');
    const account = await run(guide('retrospective --runner digest'), user.path);
    expect(account.code).toBe(1);
    expect(account.stdout).toContain('check=gap:incident:inc-1');
    const other = await run('ship-proof tick --runner other --spend-cap 1 --estimate 0.1 -- true', user.path);
    expect(other.code).toBe(4);
  });

  it('is told when it no longer does what it says', async () => {
    await using user = await folder();
    const script = block('docs/getting-started.md', 'send.sh').replace('--action hello', '--acton hello');
    expect((await run(script, user.path)).code).toBe(2);
  });
});
