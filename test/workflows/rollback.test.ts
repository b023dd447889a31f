// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts of a shell
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pullRequest, push, workflowDispatch } from '../actions-runner/events.ts';
import type { RunOptions } from '../actions-runner/run-workflow.ts';
import { runCli } from '../e2e/run-dist.ts';
import { makePlace, type Place } from './deploy-place.ts';

let place: Place;
beforeAll(async () => {
  place = await makePlace();
  for (const build of ['build-1795000000-aaaaaaa', 'build-1795000100-bbbbbbb']) {
    for (const phase of ['build', 'publish', 'promote']) await phaseDone(build, phase);
  }
});
afterAll(() => place[Symbol.asyncDispose]());

const store = () => `git+file:${place.repository.path}`;

async function phaseDone(build: string, phase: string): Promise<void> {
  const script =
    phase === 'publish'
      ? 'platform image "art-$SHIP_PROOF_BUILD_ID" "$SHIP_PROOF_BUILD_ID"; echo "artifact-id=art-$SHIP_PROOF_BUILD_ID" >>"$SHIP_PROOF_OUTPUT"'
      : phase === 'promote'
        ? 'platform promote "$SHIP_PROOF_ARTIFACT_ID"'
        : 'true';
  const unknown = phase === 'promote' ? ['--allow-unknown-commit'] : [];
  const args = [
    'phase',
    '--phase',
    phase,
    '--build-id',
    build,
    '--store',
    store(),
    '--run',
    script,
    ...unknown,
  ];
  const { code, stdout, stderr } = await runCli(args, {
    env: { PATH: `${place.platform.bin}:${process.env.PATH}` },
  });
  if (code !== 0) throw new Error(`${args.join(' ')}:\n${stdout}${stderr}`);
}

const PERMISSIONS = { contents: 'write', checks: 'write', deployments: 'write' } as const;
const caller = (given: Readonly<Record<string, unknown>>, permissions: object = PERMISSIONS) => `
on: { push: , pull_request: , workflow_dispatch: }
permissions: {}
jobs:
  back:
    permissions: ${JSON.stringify(permissions)}
    uses: org/ship-proof/.github/workflows/rollback.yml@v1
    with: ${JSON.stringify({ run: 'platform promote "$SHIP_PROOF_ARTIFACT_ID"', ...given })}
    secrets: { variables: "PLATFORM_TOKEN=hunter22" }
`;
const run = (given: Readonly<Record<string, unknown>>, options: Partial<RunOptions> = {}) =>
  place.run(caller(given), { event: workflowDispatch(place.repository), ...options });

describe.skipIf(process.platform === 'win32')('rollback.yml', { timeout: 240_000 }, () => {
  it('does nothing that was not confirmed, and says what it would do', async () => {
    const ran = await run({ 'confirm-destructive': false });
    expect(ran.result).toBe('failure');
    expect(ran.outputs.back).toMatchObject({ state: 'needs-confirmation' });
    expect(ran.logs).toContain('it would re-promote version 1795000000');
    expect(place.platform.live()).toBe('art-build-1795000100-bbbbbbb');
  });

  it('does nothing for a pull request from a fork', async () => {
    const pull = place.repository.openPullRequest({ 'a.txt': 'theirs' }, { fromFork: true });
    const ran = await run({ 'confirm-destructive': true }, { event: pullRequest(place.repository, pull) });
    expect(ran.result).toBe('failure');
    expect(ran.logs).toContain('a pull request from a fork has neither secrets nor a ledger');
    expect(place.platform.live()).toBe('art-build-1795000100-bbbbbbb');
  });

  it('does not start where a permission is missing', async () => {
    for (const name of Object.keys(PERMISSIONS)) {
      const less = { ...PERMISSIONS, [name]: 'read' };
      const ran = await place.run(caller({ 'confirm-destructive': true }, less), {
        event: push(place.repository),
      });
      expect(ran.problems.join()).toContain(`'${name}: write'`);
    }
  });

  it('goes on where it was killed, looks at the site, and does nothing twice', async () => {
    const cancel = new AbortController();
    place.platform.breakNext('promote', 'waits');
    const killed = await run(
      { 'confirm-destructive': true },
      { signal: cancel.signal, onLine: (line) => line.includes('waiting in promote') && cancel.abort() },
    );
    expect(killed.result).toBe('cancelled');
    expect(place.platform.live()).toBe('art-build-1795000100-bbbbbbb');

    const given = { 'confirm-destructive': true, verify: true, urls: `${place.platform.url}/` };
    const ran = await run(given, { runId: killed.id, attempt: 2 });
    expect(ran.result, ran.logs).toBe('success');
    expect(ran.outputs.back).toEqual({
      state: 'done',
      version: '1795000000',
      'artifact-id': 'art-build-1795000000-aaaaaaa',
    });
    expect(ran.checks).toContainEqual({
      name: 'ship-proof / rollback production',
      conclusion: 'success',
      from: 'api',
    });
    expect(ran.logs).not.toContain('hunter22');
    const effects = place.platform.did().length;
    expect((await run({ 'confirm-destructive': true })).outputs.back).toMatchObject({ state: 'done' });
    expect(place.platform.did()).toHaveLength(effects);

    // One that was decided for a deploy finds that it is done; for a deploy that is not live it does nothing.
    const from = (deploy: string) =>
      runCli(['rollback', '--from', deploy, '--confirm-destructive', '--store', store(), '--run', 'false']);
    expect((await from('build-1795000100-bbbbbbb')).stdout).toContain('rollback outcome=skipped');
    const other = await from('build-1795000200-ccccccc');
    expect([other.code, other.stdout]).toEqual([4, expect.stringContaining('not-live')]);
  });
});
