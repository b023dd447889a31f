import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decideProof } from '../../src/deploy/proof-record.ts';
import { transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { openYard, said, toldBy, type Yard } from '../deploy/yard.ts';
import { git, openAt } from '../ledger/fixtures.ts';
import { until } from '../once/workshop.ts';
import { runAction } from './run-dist.ts';

let yard: Yard;
beforeEach(async () => {
  yard = await openYard();
});
afterEach(() => yard[Symbol.asyncDispose]());

const kinds = () => yard.shop.entries().map(({ kind }) => kind);

describe('a deploy', () => {
  it('goes through its phases, each by a process of its own, and is proved live', async () => {
    const [one] = yard.builds;
    const answers = await yard.deploy(one, ['--verify', `{ url: "${yard.url}", within: 20s }`]);
    expect(answers.map(said)).toEqual(['passed done', 'passed done', 'passed done']);
    expect(answers.map(({ result }) => result['next-phase'])).toEqual(['publish', 'promote', '']);
    expect(yard.platform.live()).toBe(`art-${one}`);
    expect(answers[2]?.result).toMatchObject({ 'artifact-id': `art-${one}`, verified: 'passed' });
    expect(kinds().at(-1)).toBe('deploy-verified');
  });

  it('is not done twice: the same command answers with the stored artifact, and looks again whether it is live', async () => {
    const [one] = yard.builds;
    await yard.deploy(one);
    const again = await yard.deploy(one, ['--verify', `{ url: "${yard.url}", within: 20s }`]);
    expect(again.map(said)).toEqual(['skipped done', 'skipped done', 'skipped done']);
    expect(again.map(({ result }) => result['artifact-id'])).toEqual([one, `art-${one}`, `art-${one}`]);
    expect(again[2]?.result.verified).toBe('passed');
    expect(['build', 'publish', 'promote'].map(yard.platform.ended)).toEqual([1, 1, 1]);
  });

  it('fails where the build is promoted and not live', async () => {
    const [one] = yard.builds;
    await yard.published(one);
    const promoted = await yard.phaseBy(['true'], 'promote', one, [
      '--verify',
      `{ url: "${yard.url}", within: 60s, max-polls: 2, confirmations: 1 }`,
    ]);
    expect(promoted).toMatchObject({ code: 1, result: { state: 'done', verified: 'failed' } });
  });

  it('does no phase before those that it follows, and names what is missing', async () => {
    const refused = await yard.phase('promote', yard.builds[0]);
    expect(refused).toMatchObject({ code: 4, result: { state: 'predecessor', 'should-run': false } });
    expect(toldBy(refused)).toContain('`build` is not done');
    expect(yard.platform.calls()).toEqual([]);
  });

  it('has phases of its own where the config says so', async () => {
    writeFileSync(
      join(yard.shop.path, 'ship-proof.yml'),
      'version: 1\ndeploy:\n  staging: { phases: [backup, migrate], stale-after: 5m }\n',
    );
    const flags = ['--environment', 'staging'];
    const run = (phase: string) =>
      yard.shop.run(['phase', '--phase', phase, '--deploy-id', 'd-1', ...flags, '--', 'true']);
    expect(said(await run('migrate'))).toBe('refused predecessor');
    expect(said(await run('backup'))).toBe('passed done');
    expect((await run('migrate')).result['next-phase']).toBe('');
    expect((await run('publish')).code).toBe(2);
  });

  it.each(['namespace: other', 'run: "true"', 'artifact-id: other'])(
    'does not take %s from the config',
    async (line) => {
      writeFileSync(join(yard.shop.path, 'ship-proof.yml'), `deploy:\n  production:\n    ${line}\n`);
      expect((await yard.phase('build', yard.builds[0])).code).toBe(2);
      expect(yard.platform.calls()).toEqual([]);
    },
  );
});

describe('a command', () => {
  it('is told of its phase, and has neither terminal nor credentials', async () => {
    const dump = ['sh', '-c', 'env > seen; read line; echo "read $?" >> seen'];
    const env = { SHIP_PROOF_INPUT_TOKEN: 'ghs_0123456789abcdefghij' };
    await yard.phaseBy(dump, 'build', yard.builds[0], ['--artifact-id', 'img@sha256:00'], { env });
    const seen = readFileSync(join(yard.shop.path, 'seen'), 'utf8');
    const [, epoch] = yard.builds[0].split('-');
    for (const line of [
      `SHIP_PROOF_DEPLOY_ID=${yard.builds[0]}`,
      'SHIP_PROOF_PHASE=build',
      'SHIP_PROOF_ARTIFACT_ID=img@sha256:00',
      `SHIP_PROOF_VERSION=${epoch}`,
      'SHIP_PROOF_FENCE=1',
      'SHIP_PROOF_ENVIRONMENT=production',
      'CI=true',
      'NO_COLOR=1',
      'GIT_TERMINAL_PROMPT=0',
      'PAGER=cat',
      'read 1',
    ])
      expect(seen.split('\n')).toContain(line);
    expect(seen).not.toContain('ghs_');
  });

  it('that fails leaves a phase that the next process begins again, under a higher fence', async () => {
    const [one] = yard.builds;
    const failed = await yard.phaseBy(['sh', '-c', 'exit 7'], 'build', one);
    expect(failed).toMatchObject({ code: 1, result: { state: 'failed', 'exit-code': 7, fence: 1 } });
    const again = await yard.phase('build', one);
    expect(again).toMatchObject({ code: 0, result: { state: 'done', fence: 3 } });
    expect(kinds()).toEqual(['genesis', 'phase-started', 'phase-failed', 'phase-restarted', 'phase-done']);
  });

  it.each([
    ['no id', 'artifact-id=$(x)'],
    ['a line that is none', 'hello'],
  ])('that writes %s into its output has not done its phase', async (_, line) => {
    const wrong = await yard.phaseBy(
      ['sh', '-c', 'printf "%s\\n" "$0" >> "$SHIP_PROOF_OUTPUT"', line],
      'build',
      yard.builds[0],
    );
    expect(wrong).toMatchObject({ code: 1, result: { state: 'failed' } });
  });

  it('of a promotion can’t change what was published', async () => {
    const [one] = yard.builds;
    await yard.published(one);
    const other = ['sh', '-c', 'echo artifact-id=other >> "$SHIP_PROOF_OUTPUT"'];
    expect(await yard.phaseBy(other, 'promote', one)).toMatchObject({ code: 1, result: { state: 'failed' } });
    expect(said(await yard.phase('promote', one))).toBe('passed done');
  });

  it('is stopped with its process, and the next one goes on at once', async () => {
    const [one] = yard.builds;
    const args = ['phase', '--phase', 'build', '--build-id', one];
    const { child, done } = await yard.start(args, ['sh', '-c', 'echo $$ > pid; sleep 600']);
    const pid = await until(() => readPid('pid'), 'the command');
    child.kill('SIGINT');
    expect(await done).toMatchObject({ code: 3 });
    await until(() => !isAlive(pid), 'the end of the command');
    expect(said(await yard.phase('build', one))).toBe('passed done');
    expect(yard.shop.entries().find(({ kind }) => kind === 'phase-failed')).toMatchObject({
      reason: 'interrupted',
    });
  });
});

it('a command under a timeout that is shorter than the usual grace is run all the same', async () => {
  const [one] = yard.builds;
  const begun = Date.now();
  const ran = await yard.phaseBy(['sh', '-c', 'touch ran; sleep 600'], 'build', one, ['--timeout', '4s']);
  expect(ran.code).toBe(3);
  expect([existsSync(join(yard.shop.path, 'ran')), Date.now() - begun < 60_000]).toEqual([true, true]);
});

describe('a promotion', () => {
  it('is refused below the highest version, and says who went first', async () => {
    const [one, two] = yard.builds;
    await yard.published(one, two);
    expect(said(await yard.phase('promote', two))).toBe('passed done');
    const late = await yard.phase('promote', one);
    expect(late).toMatchObject({ code: 4, result: { state: 'overtaken' } });
    expect(toldBy(late)).toContain(two);
    expect(yard.platform.live()).toBe(`art-${two}`);
  });

  it('waits for a live one of a lower version, and a lower one does not wait', async () => {
    const [one, two, three] = yard.builds;
    await yard.published(one, two, three);
    const slow = ['sh', '-c', `touch began; until [ -e go ]; do sleep 0.05; done; ${yard.platform.command}`];
    const first = await yard.start(['phase', '--phase', 'promote', '--build-id', two], slow);
    await until(() => yard.shop.entries().some(({ phase }) => phase === 'promote'), 'the promotion');
    expect(said(await yard.phase('promote', one))).toBe('refused overtaken');
    expect(said(await yard.phase('promote', three, ['--wait', '0s']))).toBe('refused behind');
    const higher = yard.phase('promote', three);
    writeFileSync(join(yard.shop.path, 'go'), '');
    expect((await first.done).code).toBe(0);
    expect(said(await higher)).toBe('passed done');
    expect(yard.platform.wrong()).toEqual([]);
    expect(yard.platform.live()).toBe(`art-${three}`);
  });

  it('is refused for a commit that is not in the history, unless that is allowed, which stands in the proof', async () => {
    const strange = yard.builds[0].replace(/[0-9a-f]{7}$/, 'fffffff');
    await yard.published(strange);
    expect(said(await yard.phase('promote', strange))).toBe('refused unknown-commit');
    const allowed = await yard.phase('promote', strange, ['--allow-unknown-commit']);
    expect(said(allowed)).toBe('passed done');
    expect(allowed.proof.overrides[0]).toContain('allow-unknown-commit');
  });

  it('that was allowed without a history says where and why in its proof, and in the ledger only that', async () => {
    const [one] = yard.builds;
    await yard.published(one);
    const elsewhere = mkdtempSync(join(tmpdir(), 'no-checkout-'));
    const allowed = await yard.phase('promote', one, ['--allow-unknown-commit'], { cwd: elsewhere });
    rmSync(elsewhere, { recursive: true });
    expect(said(allowed)).toBe('passed done');
    expect(allowed.proof.overrides[0]).toContain(elsewhere);
    const begun = yard.shop.entries().find(({ phase, build }) => phase === 'promote' && build === one);
    expect(begun).toMatchObject({ overrides: ['allow-unknown-commit'] });
  });

  it('says that a shallow clone does not hold the history', async () => {
    const [one] = yard.builds;
    await yard.published(one);
    git(['clone', '--quiet', '--depth=1', `file://${yard.shop.path}`, 'shallow'], { cwd: yard.shop.path });
    const refused = await yard.phase('promote', one, [], { cwd: join(yard.shop.path, 'shallow') });
    expect(toldBy(refused)).toContain('fetch-depth: 0');
  });

  it('takes only what was proved, where a proof is required', async () => {
    const [one] = yard.builds;
    await yard.published(one);
    const preview = `${yard.url}preview/art-${one}`;
    const flags = ['--require-proof', 'true', '--urls', preview];
    expect((await yard.phase('promote', one, flags.slice(0, 2))).code).toBe(2);
    expect(said(await yard.phase('promote', one, flags))).toBe('refused proof');
    const prove = (...more: string[]) =>
      yard.shop.run([
        ...['prove', '--url', preview, '--build-id', one, '--within', '20s', '--artifact-id', `art-${one}`],
        ...['--page', preview, '--contains', one, '--allow-private', '--ledger', 'required', ...more],
      ]);
    await prove('--skip', 'idempotency-check: writes nothing');
    expect(toldBy(await yard.phase('promote', one, flags))).toContain('overrides');
    await believe(one, preview);
    expect(said(await yard.phase('promote', one, flags))).toBe('passed done');
  });

  it('is invalid without a version, and with one that lies ahead', async () => {
    const ahead = String(Math.floor(Date.now() / 1_000) + 3_600);
    expect((await yard.phase('promote', yard.builds[0], ['--version', ahead])).code).toBe(2);
    expect(yard.platform.calls()).toEqual([]);
    await yard.published('my-build');
    const promoted = await yard.phase('promote', 'my-build', ['--allow-unknown-commit']);
    expect(promoted).toMatchObject({ code: 2, stderr: expect.stringContaining('`version` is needed') });
    expect(yard.platform.ended('promote')).toBe(0);
  });

  it('takes the version that an earlier phase gave', async () => {
    const named = ['--deploy-id', 'release-7'];
    await yard.phase('build', 'my-build', [...named, '--version', '7']);
    await yard.phase('publish', 'my-build', named);
    const promoted = await yard.phase('promote', 'my-build', [...named, '--allow-unknown-commit']);
    expect(said(promoted)).toBe('passed done');
    expect((await yard.rollback()).stderr).toContain('version 7 (release-7) is the first that is live');
  });
});

describe('a workflow with steps of its own', () => {
  it('begins, beats and ends a phase by its fence', async () => {
    const [one] = yard.builds;
    const turn = (state: string, ...more: string[]) =>
      yard.shop.run(['phase', '--phase', 'build', '--build-id', one, '--state', state, ...more]);
    const begun = await turn('begin');
    expect(begun.result).toMatchObject({ 'should-run': true, state: 'running', fence: 1 });
    expect(said(await turn('begin'))).toBe('refused busy');
    expect((await turn('done')).code).toBe(2);
    expect(said(await turn('heartbeat', '--fence', '1'))).toBe('passed running');
    expect(said(await turn('done', '--fence', '9'))).toBe('refused stale-fence');
    expect((await turn('done', '--fence', '1', '--artifact-id', 'a1')).result).toMatchObject({
      state: 'done',
      'artifact-id': 'a1',
    });
    expect((await turn('begin')).result).toMatchObject({ 'should-run': false, 'artifact-id': 'a1' });
  });

  it('ends a promotion by its fence alone, and the build on record is the one that is verified', async () => {
    const deploy = ['phase', '--deploy-id', 'release-7'];
    const run = (...flags: string[]) => yard.shop.run([...deploy, ...flags]);
    const [one] = yard.builds;
    for (const phase of ['build', 'publish'])
      await yard.phase(phase, one, ['--deploy-id', 'release-7', '--version', '7']);
    const begun = await run('--phase', 'promote', '--build-id', one, '--state', 'begin');
    const fence = String(begun.result.fence);
    yard.platform.call('promote', one, Number(fence), String(begun.result['artifact-id']));
    const end = ['--phase', 'promote', '--state', 'done', '--fence', fence];
    const done = await run(...end, '--verify', `{ url: "${yard.url}", within: 20s }`);
    expect(done).toMatchObject({ code: 0, result: { state: 'done', verified: 'passed' } });
  });

  it('that is cancelled leaves no phase running: the post step ends it', async () => {
    const inputs = {
      mode: 'phase',
      phase: 'build',
      'build-id': yard.builds[0],
      state: 'begin',
      store: yard.shop.store,
    };
    await using step = await runAction(inputs, { cwd: yard.shop.path });
    expect(step.outputs).toMatchObject({ 'should-run': 'true', fence: '1' });
    await using after = await runAction(inputs, { cwd: yard.shop.path, state: step.state });
    expect(after.annotations).toHaveLength(1);
    expect(yard.shop.entries().at(-1)).toMatchObject({ kind: 'phase-failed', reason: 'job-ended' });
    expect(said(await yard.phase('build', yard.builds[0]))).toBe('passed done');
  });
});

/** A proof without waivers, in place of the one that stands there. */
async function believe(buildId: string, url: string): Promise<void> {
  await using ledger = await openAt(yard.shop.store, join(yard.shop.path, '..', 'cache'));
  const facts = {
    outcome: 'passed' as const,
    buildId,
    digest: '0'.repeat(64),
    urls: [url],
    environment: 'production',
    artifactId: `art-${buildId}`,
    overrides: [],
    by: { actor: 'host:yard' },
  };
  await transact(ledger, { clock: systemClock, actor: 'host:yard' }, (_, { now }) => decideProof(facts, now));
}

function readPid(name: string): number | undefined {
  try {
    return Number(readFileSync(join(yard.shop.path, name), 'utf8').trim()) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
