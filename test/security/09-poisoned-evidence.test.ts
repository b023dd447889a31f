import { execFile, execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryMirror } from '../../src/ledger/git-mirror.ts';
import { ledgerMirror } from '../../src/modes/ledger/mirror.ts';
import type { Ports } from '../../src/modes/mode.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { createHttp } from '../../src/ports/http.ts';
import { runnerCache } from '../../src/ports/runner-cache.ts';
import { openScene as openAttested } from '../e2e/evidence.ts';
import { runAction } from '../e2e/run-dist.ts';
import { append, openAt } from '../ledger/fixtures.ts';
import { missingChrome } from '../smoke/render-checking.ts';
import { serveGit } from '../targets/git-http.ts';
import { serveGitHub, WORKFLOW } from '../targets/github.ts';
import { readPage } from '../targets/reader.ts';
import { serveSigstore } from '../targets/sigstore.ts';
import { unzip } from '../targets/zip.ts';
import { leadingOut, poisonsOf, tarOf, zipOf } from './archives.ts';
import { runHere } from './here.ts';
import { openScene, type Scene } from './scene.ts';

// What an earlier run or another process left behind is no authority: outputs that lead elsewhere, the state of a step that
// somebody forged, a proof or a signature that was edited, a cache that somebody else filled. See also ledger/git-mirror and
// ledger/git-remote for what a clone holds, report/html and runner/status-page for pages.

/** As much of a sigstore bundle as is altered here. */
interface Bundle {
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly { readonly sig: string }[];
  };
  readonly verificationMaterial: { readonly certificate: { readonly rawBytes: string } };
}

let scene: Scene;
beforeEach(() => {
  scene = openScene();
});
afterEach(() => scene[Symbol.dispose]());

it.each(['proof.json', 'junit.xml', 'report.html'])(
  'a %s that is a link is not written through',
  async (name) => {
    const victim = join(scene.path, 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(join(scene.path, 'out'));
    symlinkSync(victim, join(scene.path, 'out', name));
    await runHere(['claim', '--key=k', `--store=${scene.store}`, '--out=out'], { cwd: scene.path });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  },
);

it('a forged state of the step settles nothing that is not its own', async () => {
  const act = (...argv: string[]) => runHere([...argv, `--store=${scene.store}`], { cwd: scene.path });
  const done = await act('once', '--key=k', `--run=${scene.effect}`);
  expect(done.code).toBe(0);
  for (const claims of [
    '[{"path":"../../x","fence":1}]',
    '[{"path":"claims/aa/bb","fence":1}]',
    '{',
    '[1]',
    `[${'['.repeat(2000)}`,
  ]) {
    await using run = await runAction(
      { mode: 'once', key: 'k', store: scene.store },
      { cwd: scene.path, state: { 'ship-proof-phase': 'main', 'ship-proof-claims': claims } },
    );
    expect([claims, run.timedOut]).toEqual([claims, false]);
  }
  const again = await act('once', '--key=k', `--run=${scene.effect}`);
  expect([again.proof.outcome, scene.effects()]).toEqual(['skipped', 1]);
});

it('an edited proof is found by the ledger', async () => {
  const made = await runHere(['claim', '--key=k', `--store=${scene.store}`, '--out=out'], {
    cwd: scene.path,
  });
  expect(made.code).toBe(0);
  const file = join(scene.path, 'out/proof.json');
  const audit = () =>
    runHere(['audit', '--proof=out/proof.json', `--store=${scene.store}`], { cwd: scene.path });
  expect((await audit()).code).toBe(0);
  const proof = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...proof, ledger: { ...proof.ledger, head: '0'.repeat(40) } }));
  expect((await audit()).code).not.toBe(0);
});

const ATTACKS = [
  '</style><script>window.pwned = 1</script>',
  '"><img src=https://evil.example/x onerror="window.pwned = 2">',
  '`</code><svg onload="window.pwned = 3"></svg>`',
  '![x](https://evil.example/picture.png) [x](javascript:window.pwned=4)',
  '|\n\n<script>window.pwned = 5</script>\n\n|',
];

describe('a proof with markup in it', () => {
  const evil = ATTACKS.join(' ');
  const missing = missingChrome();

  /** The page, and the summary as the runner gets it, of a run that failed. */
  async function pagesOf(): Promise<{ readonly page: string; readonly summary: string }> {
    const checks = JSON.stringify([{ name: evil, get: '/', expect: { status: 201 } }]);
    const inputs = { mode: 'smoke', 'base-url': 'http://127.0.0.1:9/', checks, within: '1s', out: 'out' };
    await using run = await runAction(inputs, { cwd: scene.path });
    expect([run.stdout, run.code]).toEqual([run.stdout, 3]);
    return { page: readFileSync(join(scene.path, 'out/report.html'), 'utf8'), summary: run.summary };
  }

  /** The page of a runner with an incident and a hold whose words are hostile. */
  async function statusPage(): Promise<string> {
    const act = (...argv: string[]) =>
      runHere([...argv, `--store=${scene.store}`, '--out=status'], { cwd: scene.path });
    await act('incident', '--runner=r', `--title=${evil}`, `--trace=${evil}`);
    await act('kill', '--scope=ticks', `--reason=${evil}`);
    const status = await act('status', '--runner=r');
    expect(status.proof.mode).toBe('status');
    return readFileSync(join(scene.path, 'status/status.html'), 'utf8');
  }

  it('makes pages without a script', async () => {
    const { page } = await pagesOf();
    for (const html of [page, await statusPage()]) {
      expect(html).not.toMatch(/<script|<img|<svg onload/i);
      expect(html).toContain("default-src 'none'");
    }
    expect(existsSync(join(scene.path, 'out/proof.json'))).toBe(true);
  });

  it.skipIf(missing)(
    'runs nothing and asks for nothing in a browser: report, status and summary',
    async () => {
      const { page, summary } = await pagesOf();
      // The summary has no markup of its own: whoever shows it as it stands, as the least careful reader would, gets text. What
      // GitHub makes of its Markdown are code spans, from which nothing leads out.
      const spans = summary.replace(/`[^`\n]*`/g, '');
      expect(spans).not.toMatch(/[<>]|evil\.example|javascript:/);
      expect(summary).toContain('evil.example');
      const shown = `<!doctype html><title>x</title><pre>${spans}</pre>`;
      for (const html of [page, await statusPage(), shown]) {
        const [read] = await readPage(html, [{ width: 1280, height: 900 }]);
        expect([read?.pwned, read?.requests]).toEqual([null, ['/']]);
        // A page without a policy of its own asks for the server's own sign.
        expect(
          read?.wanted.filter((url) => !/^http:\/\/127\.0\.0\.1:\d+\/(favicon\.ico)?$/.test(url)),
        ).toEqual([]);
      }
      // The browser that judges is no blunt one.
      const [control] = await readPage(`<!doctype html><title>x</title>${evil}`, [
        { width: 800, height: 600 },
      ]);
      expect(control?.pwned).not.toBeNull();
      expect(control?.wanted).toContain('https://evil.example/x');
    },
  );
});

describe('what the runner’s cache holds of a ledger', () => {
  it('is no authority, whatever it is, and nothing of it is written anywhere', async () => {
    await using server = await serveGit(join(scene.repository, '..'));
    await using hub = await serveGitHub();
    const store = `git+${server.origin}/store.git`;
    const env = hub.environment();
    const host = { env, http: createHttp(), clock: systemClock, userAgent: 'test' };
    const mirror = ledgerMirror(store, 'default', { ...host, front: 'action' } as unknown as Ports);
    if (!mirror) throw new Error('there is no cache');
    let readers = 0;
    /** Each reader is a new machine. */
    const open = (through?: HistoryMirror) => {
      readers += 1;
      return openAt(store, join(scene.path, `cache-${readers}`), { mirror: through });
    };
    await (async () => {
      await using writer = await open();
      for (const n of [1, 2, 3]) await append(writer, n);
    })();
    const history = async (through?: HistoryMirror) => {
      await using reader = await open(through);
      const entries = [];
      for await (const entry of reader.history()) entries.push(entry);
      return entries;
    };
    const cold = await history();
    expect(cold).toHaveLength(4);
    // A long history is asked for there at once; here a short one is long enough.
    const near: HistoryMirror = { ...mirror, from: 1, every: 1 };
    expect(await history(near)).toEqual(cold);
    const [kept] = hub.results.caches;
    const good = Buffer.from((await near.restore()) ?? []);
    expect(good.toString('latin1')).toMatch(/^# v3 git bundle\n/);
    const outside = join(scene.path, '..', 'escaped');
    const cache = runnerCache(env, host);
    for (const [n, [what, bytes]] of Object.entries(poisonsOf(outside, good)).entries()) {
      expect(await cache?.save(`${kept?.key}${n}`, bytes)).toBe(true);
      const got = Buffer.from((await near.restore()) ?? []);
      expect([what, got.equals(bytes)]).toEqual([what, true]);
      expect([what, await history(near)]).toEqual([what, cold]);
      expect([what, existsSync(outside)]).toEqual([what, false]);
    }
  });

  it('is made of archives that would lead out, if somebody unpacked them', () => {
    const outside = join(scene.path, '..', 'escaped');
    mkdirSync(join(scene.path, 'a'));
    execFileSync('tar', ['-xPf', '-'], { cwd: join(scene.path, 'a'), input: tarOf(leadingOut(outside)) });
    expect(existsSync(outside)).toBe(true);
    expect([...unzip(zipOf(leadingOut(outside))).keys()]).toContain(outside);
  });
});

it('a kept clone with a configuration of somebody else’s runs none of it, and decides the same', async () => {
  await using server = await serveGit(join(scene.repository, '..'));
  const ran = join(scene.path, 'ran');
  const once = () =>
    runHere(['once', '--key=k', `--run=${scene.effect}`, `--store=git+${server.origin}/store.git`], {
      cwd: scene.path,
    });
  expect((await once()).code).toBe(0);
  const clones = readdirSync(join(scene.path, '.cache'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === 'ledger.git')
    .map(({ parentPath, name }) => join(parentPath, name));
  expect(clones).not.toEqual([]);
  const config = `[core]\n\tfsmonitor = touch ${ran}\n\thooksPath = hooks\n\tsshCommand = touch ${ran}\n\talternateRefsCommand = touch ${ran}\n[remote "origin"]\n\tuploadpack = touch ${ran}\n[credential]\n\thelper = "!touch ${ran}"\n[url "ext::touch ${ran} "]\n\tinsteadOf = ${server.origin}/\n[protocol]\n\tallow = always\n`;
  for (const clone of clones) {
    for (const name of ['config', 'config.worktree']) writeFileSync(join(clone, name), config);
    mkdirSync(join(clone, 'hooks'), { recursive: true });
    for (const hook of ['reference-transaction', 'pre-push', 'post-checkout'])
      writeFileSync(join(clone, 'hooks', hook), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 });
    mkdirSync(join(clone, 'objects/info'), { recursive: true });
    writeFileSync(join(clone, 'objects/info/alternates'), `${scene.path}/nowhere\n`);
  }
  const again = await once();
  expect([again.log, again.proof.outcome, scene.effects()]).toEqual([again.log, 'skipped', 1]);
  expect(existsSync(ran)).toBe(false);
  // Git itself would obey it. Not waited for by blocking: the server is this process.
  for (const clone of clones) {
    for (const name of ['config', 'config.worktree']) writeFileSync(join(clone, name), config);
    await promisify(execFile)('git', ['ls-remote', `${server.origin}/store.git`], {
      cwd: clone,
      timeout: 10_000,
    }).catch(() => undefined);
  }
  expect(existsSync(ran)).toBe(true);
});

describe('a signature that was altered', () => {
  const stack = new AsyncDisposableStack();
  let folder: string;
  let bundle: Bundle;
  beforeAll(async () => {
    folder = stack.adopt(mkdtempSync(join(tmpdir(), 'ship-proof-signed-')), (path) =>
      rmSync(path, { recursive: true, force: true }),
    );
    const sigstore = stack.use(await serveSigstore());
    const signing = stack.use(await openAttested());
    const options = {
      ...{ idToken: true, env: sigstore.environment },
      event: { repository: { visibility: 'public' } },
    };
    await using run = await signing.verify({ attest: 'true', 'check-run': 'false' }, options);
    expect([run.stdout, run.code]).toEqual([run.stdout, 0]);
    for (const name of ['proof.json', 'proof.sigstore.json'])
      copyFileSync(join(dirname(run.outputs.proof ?? ''), name), join(folder, name));
    writeFileSync(join(folder, 'root.json'), JSON.stringify(sigstore.trustedRoots.public));
    bundle = JSON.parse(readFileSync(join(folder, 'proof.sigstore.json'), 'utf8'));
  });
  afterAll(() => stack.disposeAsync());

  const audit = (altered: unknown) => {
    writeFileSync(join(folder, 'altered.json'), JSON.stringify(altered));
    const argv = ['audit', '--proof=proof.json', '--attested', '--bundle=altered.json'];
    const whom = [`--signer-workflow=octo-org/octo-repo/${WORKFLOW}`, '--trusted-root=root.json'];
    return runHere([...argv, ...whom], { cwd: folder });
  };
  const flipped = (base64: string): string => {
    const bytes = Buffer.from(base64, 'base64');
    const at = bytes.length - 8;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    return bytes.toString('base64');
  };
  /** The signed statement with a word in it exchanged, and so with another signature than its own. */
  const reworded = ({ dsseEnvelope }: Bundle, from: RegExp, to: string): Bundle['dsseEnvelope'] => {
    const text = Buffer.from(dsseEnvelope.payload, 'base64').toString();
    expect(text).toMatch(from);
    return { ...dsseEnvelope, payload: Buffer.from(text.replace(from, to)).toString('base64') };
  };

  it('as it was made is believed', async () => {
    const run = await audit(bundle);
    expect([run.log, run.code]).toEqual([run.log, 0]);
  });

  it.each<[string, (good: Bundle) => unknown]>([
    [
      'another signature',
      (good) => ({
        ...good,
        dsseEnvelope: {
          ...good.dsseEnvelope,
          signatures: good.dsseEnvelope.signatures.map((one) => ({ ...one, sig: flipped(one.sig) })),
        },
      }),
    ],
    ['no signature', (good) => ({ ...good, dsseEnvelope: { ...good.dsseEnvelope, signatures: [] } })],
    [
      'another commit',
      (good) => ({ ...good, dsseEnvelope: reworded(good, /[0-9a-f]{40}(?![0-9a-f])/, 'f'.repeat(40)) }),
    ],
    [
      'another subject',
      (good) => ({
        ...good,
        dsseEnvelope: reworded(good, /"sha256":"[0-9a-f]{64}"/, `"sha256":"${'0'.repeat(64)}"`),
      }),
    ],
    [
      'another type',
      (good) => ({ ...good, dsseEnvelope: { ...good.dsseEnvelope, payloadType: 'text/plain' } }),
    ],
    [
      'another certificate',
      (good) => {
        const { rawBytes } = good.verificationMaterial.certificate;
        const certificate = { rawBytes: flipped(rawBytes) };
        return { ...good, verificationMaterial: { ...good.verificationMaterial, certificate } };
      },
    ],
    [
      'no entry in the log',
      (good) => ({ ...good, verificationMaterial: { ...good.verificationMaterial, tlogEntries: [] } }),
    ],
    ['no material at all', ({ dsseEnvelope }) => ({ dsseEnvelope })],
  ])('is not believed with %s', async (_, alter) => {
    const run = await audit(alter(bundle));
    expect([run.log, run.code, run.proof.result.intact]).toEqual([run.log, 1, false]);
    expect(run.log).toContain('attested:signature');
  });
});
