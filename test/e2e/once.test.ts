import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesOf, openWorkshop, readAnswer, until, type Workshop, withFlags } from '../once/workshop.ts';
import { runAction, startCli } from './run-dist.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

const statuses = (answer: { proof: { checks: readonly { status: string }[] } }) =>
  answer.proof.checks.map(({ status }) => status);
const kinds = () => shop.entries().map(({ kind }) => kind);

describe('once', () => {
  it('runs the command, records it, and the second time says when it was done and by whom', async () => {
    const first = await shop.run(['once', '--key', 'k', '--', ...shop.effect()]);
    expect(first).toMatchObject({
      code: 0,
      result: { claimed: true, state: 'recorded', key: 'k', 'exit-code': 0 },
    });
    const second = await shop.run(['once', '--key', 'k', '--', ...shop.effect()]);
    expect(second).toMatchObject({
      code: 0,
      proof: { outcome: 'skipped' },
      result: { claimed: false, state: 'recorded' },
    });
    expect(second.proof.checks[0]?.observed).toMatch(
      /^recorded at 20.*Z, not again before 20.*Z, by host:.+, fence 1$/,
    );
    expect(shop.effects()).toEqual(['did it']);
    expect(kinds()).toEqual(['genesis', 'claim-granted', 'claim-recorded']);
  });

  it('runs it again when the window has ended, under a higher fence', async () => {
    const args = [
      'once',
      '--key',
      'k',
      '--window',
      '1s',
      '--',
      'sh',
      '-c',
      'echo $SHIP_PROOF_FENCE >> effects',
    ];
    await shop.run(args);
    for (;;) {
      const again = await shop.run(args);
      if (again.proof.outcome === 'passed') break;
      expect(again.proof.outcome).toBe('skipped');
    }
    expect(shop.effects()).toEqual(['1', '3']);
    const [, granted, recorded, renewed] = shop.entries() as { at: string; generation: number }[];
    expect([granted?.generation, renewed?.generation]).toEqual([1, 2]);
    expect(Date.parse(renewed?.at ?? '') - Date.parse(recorded?.at ?? '')).toBeGreaterThanOrEqual(1_000);
  });

  it('refuses another payload under the same key, and names both fingerprints', async () => {
    await shop.run(['once', '--key', 'k', '--payload', 'pay 5', '--', ...shop.effect()]);
    const other = await shop.run(['once', '--key', 'k', '--payload', 'pay 6', '--', ...shop.effect()]);
    expect(other).toMatchObject({ code: 4, result: { claimed: false, state: 'other-payload' } });
    const [check] = other.proof.checks;
    const [was, is] = [check?.observed, check?.expected].map(
      (text) => /payload ([0-9a-f]{12})/.exec(text ?? '')?.[1],
    );
    expect(was).toBe(String(shop.entries()[1]?.payload).slice(0, 12));
    expect(is).toMatch(/^[0-9a-f]{12}$/);
    expect(is).not.toBe(was);
    const same = await shop.run(['once', '--key', 'k', '--payload', 'pay 5', '--', ...shop.effect()]);
    expect(same.proof.outcome).toBe('skipped');
    expect(shop.effects()).toHaveLength(1);
  });

  it('is refused while another process is at it, and names the holder and the remaining lease', async () => {
    const script = 'touch begun; until [ -e go ]; do sleep 0.05; done';
    const holder = await startCli(
      withFlags(['once', '--key', 'k', '--run', script], ['--store', shop.store]),
      { cwd: shop.path },
    );
    await until(() => existsSync(`${shop.path}/begun`), 'the holder');
    const busy = await shop.run(['once', '--key', 'k', '--', ...shop.effect()]);
    expect(busy).toMatchObject({ code: 4, result: { claimed: false, state: 'busy', key: '' } });
    const [, left] = /by host:.*|\((\d+) s left\)/.exec(busy.proof.checks[0]?.observed ?? '') ?? [];
    expect(Number(left)).toBeGreaterThan(0);
    expect(Number(left)).toBeLessThanOrEqual(1_200);
    expect(busy.proof.checks[0]?.observed).toMatch(/by host:/);
    await shop.run(['once', '--key', 'other', '--', 'touch', 'go']);
    expect((await holder.done).code).toBe(0);
    expect(shop.effects()).toEqual([]);
  });

  it('keeps a failed command in doubt: refused from then on, until somebody who knows releases it', async () => {
    const failed = await shop.run(['once', '--key', 'k', '--run', 'echo half >> effects; exit 7']);
    expect(failed).toMatchObject({ code: 1, result: { claimed: true, state: 'in-doubt', 'exit-code': 7 } });
    const again = await shop.run(['once', '--key', 'k', '--', ...shop.effect()]);
    expect(again).toMatchObject({ code: 4, result: { state: 'in-doubt', claimed: false } });
    for (const { proof } of [failed, again])
      expect(proof.checks.at(-1)?.detail).toMatch(
        /with the same key and fence 1, `record` it if .*`release` it/,
      );
    expect(await shop.run(['release', '--key', 'k'])).toMatchObject({
      code: 4,
      result: { state: 'needs-confirmation' },
    });
    expect(await shop.run(['release', '--key', 'k', '--confirm-destructive'])).toMatchObject({
      code: 0,
      result: { state: 'released' },
    });
    expect(await shop.run(['once', '--key', 'k', '--', ...shop.effect()])).toMatchObject({ code: 0 });
    expect(shop.effects()).toEqual(['half', 'did it']);
    expect(shop.entries().find(({ kind }) => kind === 'claim-released')).toMatchObject({
      reason: 'by-hand',
      from: 'in-doubt',
    });
  });

  it('takes a failed command’s word that nothing happened, with on-failure: release', async () => {
    const failed = await shop.run(['once', '--key', 'k', '--on-failure', 'release', '--', 'false']);
    expect(failed).toMatchObject({ code: 1, result: { state: 'released', 'exit-code': 1 } });
    expect(failed.proof.checks.at(-1)?.detail).toContain('run the same again');
    expect((await shop.run(['once', '--key', 'k', '--', ...shop.effect()])).code).toBe(0);
  });

  it.each([
    ['is not there', ['no-such-program'], 'ENOENT'],
    ['is a folder', ['/'], 'EACCES'],
    ['lies below a file', ['/dev/null/program'], 'ENOTDIR'],
  ])('frees the key of a command that never started, since it %s', async (_, command, why) => {
    const failed = await shop.run(['once', '--key', 'k', '--', ...command]);
    expect(failed).toMatchObject({ code: 1, result: { state: 'released', 'exit-code': 127 } });
    expect(failed.proof.checks.at(-1)?.observed).toMatch(
      new RegExp(`^it could not be started: ${why}, [a-z]`),
    );
  });

  it('frees the key of a script that could not be written down to be run', async () => {
    const env = { TMPDIR: join(shop.path, 'no-such-folder') };
    const failed = await shop.run(['once', '--key', 'k', '--run', 'echo did it >> effects'], { env });
    expect(failed).toMatchObject({ code: 1, result: { state: 'released', 'exit-code': 127 } });
    expect(shop.effects()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops the command on %s, leaves it in doubt, and proves nothing',
    async (signal) => {
      const script = 'echo $$ > pid; trap "" HUP; sleep 600 & wait; echo late >> effects';
      const started = await startCli(
        withFlags(['once', '--key', 'k', '--run', script], ['--store', shop.store, '--json']),
        { cwd: shop.path },
      );
      const pid = Number((await until(() => linesOf(`${shop.path}/pid`)[0], 'the command')) ?? 0);
      started.child.kill(signal);
      const run = await started.done;
      expect(run.code).toBe(3);
      expect(readAnswer(run)).toMatchObject({
        proof: { outcome: 'inconclusive' },
        result: { claimed: true, state: 'in-doubt' },
      });
      await until(() => isGone(-pid), 'the end of all that the command started');
      expect(shop.entries().at(-1)).toMatchObject({ kind: 'claim-in-doubt', reason: 'interrupted' });
      expect(shop.effects()).toEqual([]);
      expect((await shop.run(['once', '--key', 'k', '--', ...shop.effect()])).code).toBe(4);
    },
  );

  it('has the command over when its lease ends, even one that will not stop', async () => {
    const script = 'trap "" TERM; while :; do echo $$ > pid; sleep 0.05; done';
    const stopped = await shop.run(['once', '--key', 'k', '--lease', '1s', '--run', script]);
    expect(stopped).toMatchObject({ code: 3, result: { state: 'in-doubt', 'exit-code': 137 } });
    expect(statuses(stopped)).toEqual(['pass', 'untestable']);
    const [, granted, doubt] = shop.entries() as { leaseUntil: string; kind: string }[];
    expect(doubt).toMatchObject({ kind: 'claim-in-doubt', reason: 'interrupted' });
    expect(granted?.leaseUntil).toBeDefined();
  });

  it('runs a script with bash -eo pipefail, and arguments without any shell', async () => {
    expect(
      await shop.run(['once', '--key', 'script', '--run', 'false | true; echo on >> effects']),
    ).toMatchObject({ code: 1 });
    await shop
      .run(['once', '--key', 'argv', '--', 'printf', '%s\\n', '$HOME; $(id)', '*'])
      .then(({ stderr }) => {
        expect(stderr).toContain('out="$HOME; $(id)"');
        expect(stderr).toContain('out=*');
      });
    expect(shop.effects()).toEqual([]);
  });

  it.each([
    ['no command', []],
    ['two commands', ['--run', 'true', '--', 'true']],
    ['a key beside an action', ['--action', 'a', '--', 'true']],
    ['a day that is none', ['--day', '2026-02-30', '--', 'true']],
    ['the same key twice', ['--key', ' k ', '--', 'true']],
    ['a window that is too long', ['--window', '401d', '--', 'true']],
  ])('is invalid with %s, and nothing is written', async (_, more) => {
    expect(await shop.run(['once', '--key', 'k', ...more])).toMatchObject({ code: 2 });
    expect(() => shop.head()).toThrow();
  });

  it('runs one command for the keys of several that are not recorded yet', async () => {
    await shop.run(['once', '--key', 'b', '--', 'true']);
    const many = ['once', '--key', 'a', '--key', 'b', '--key', 'c'];
    const answer = await shop.run([
      ...many,
      '--',
      'sh',
      '-c',
      'echo "$SHIP_PROOF_KEY" | tr "\\n" " " >> effects; echo >> effects',
    ]);
    expect(answer).toMatchObject({ code: 0, result: { claimed: true, state: 'recorded', key: ['a', 'c'] } });
    expect(shop.effects()).toEqual(['a c ']);
    expect(await shop.run([...many, '--', ...shop.effect()])).toMatchObject({
      code: 0,
      proof: { outcome: 'skipped' },
    });
  });

  it('runs it for none of several keys when one is refused', async () => {
    await shop.run(['claim', '--key', 'b']);
    const refused = await shop.run(['once', '--key', 'a', '--key', 'b', '--', ...shop.effect()]);
    expect(refused).toMatchObject({ code: 4, result: { claimed: false, state: 'busy', key: '' } });
    expect(shop.effects()).toEqual([]);
    expect((await shop.run(['claim', '--key', 'a'])).code).toBe(0);
  });
});

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

describe('once as an action', () => {
  const inputs = (more: Record<string, string>) => ({ mode: 'once', store: shop.store, ...more });

  it('runs a script once, and names the run that did it', async () => {
    const run = 'echo "did it" >> effects';
    await using first = await runAction(inputs({ key: 'k', run }), { cwd: shop.path });
    expect(first.code).toBe(0);
    expect(first.outputs).toMatchObject({
      claimed: 'true',
      state: 'recorded',
      key: 'k',
      'exit-code': '0',
      'proof-outcome': 'passed',
    });
    await using second = await runAction(inputs({ key: 'k', run }), { cwd: shop.path });
    expect(second.outputs).toMatchObject({ claimed: 'false', state: 'recorded', 'proof-outcome': 'skipped' });
    expect(second.summary).toContain(
      'by github:octocat in https://github.com/octo-org/octo-repo/actions/runs/1',
    );
    expect(second.annotations).toEqual([]);
    expect(shop.effects()).toEqual(['did it']);
  });

  it('says in an annotation that a command failed and what follows', async () => {
    await using failed = await runAction(inputs({ key: 'k', run: 'exit 3' }), { cwd: shop.path });
    expect(failed).toMatchObject({ code: 1, outputs: { state: 'in-doubt', 'exit-code': '3' } });
    expect(failed.annotations).toHaveLength(1);
  });

  it('gives its verdict and outputs also where the step’s summary can’t be written', async () => {
    await using ended = await runAction(inputs({ key: 'k', run: 'echo "did it" >> effects' }), {
      cwd: shop.path,
      env: { GITHUB_STEP_SUMMARY: join(shop.path, 'gone', 'summary') },
    });
    expect(ended).toMatchObject({ code: 0, outputs: { state: 'recorded', 'proof-outcome': 'passed' } });
    expect(ended.stdout).toMatch(/^once job-summary=no because=/m);
  });
});
