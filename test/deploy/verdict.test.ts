import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/deploy/attempt.ts';
import { describeAttempt, only, phaseEntry, recordsOf, refusal } from '../../src/deploy/verdict.ts';
import { ago, deploy, done, environment, moment, NOW, orphaned, running, turn } from './examples.ts';

describe('a phase in a line', () => {
  const run = { id: '99', url: 'https://ci.example/99' };
  it.each<[string, Attempt, string]>([
    [
      'that runs',
      running(),
      `running since ${ago(100)}, last heartbeat ${ago(20)}, 40 s left, by github:octocat, fence 4`,
    ],
    [
      'that runs under the second grant, since that one',
      running({ turns: [turn('started', 300), turn('failed', 200), turn('restarted', 90, 5)], fence: 5 }),
      `running since ${ago(90)}, last heartbeat ${ago(20)}, 40 s left, by github:octocat, fence 5`,
    ],
    [
      'of another host, in the time that its clock may be wrong',
      running({ clock: 'b', heartbeatAt: ago(62) }),
      `running since ${ago(100)}, last heartbeat ${ago(62)}, 0 s left, by github:octocat, fence 4`,
    ],
    [
      'that has a part of a second left',
      running({ heartbeatAt: new Date(NOW - 58_500).toISOString() }),
      `running since ${ago(100)}, last heartbeat ${ago(58.5)}, 2 s left, by github:octocat, fence 4`,
    ],
    [
      'that nobody is on any more',
      orphaned(),
      `orphaned: running since ${ago(100)}, no heartbeat since ${ago(60)}, by github:octocat, fence 4`,
    ],
    [
      'whose turns were not kept, since its heartbeat',
      orphaned({ turns: [] }),
      `orphaned: running since ${ago(60)}, no heartbeat since ${ago(60)}, by github:octocat, fence 4`,
    ],
    ['that is done', done(), `done at ${ago(20)}, by github:octocat, fence 4`],
    [
      'that failed, with the reason',
      running({ state: 'failed', reason: 'lease-over', turns: [turn('started', 9), turn('failed', 3)] }),
      `failed at ${ago(3)} (lease-over), by github:octocat, fence 4`,
    ],
    [
      'that failed for no other reason than its command',
      running({ state: 'failed', turns: [turn('started', 9), turn('failed', 3)] }),
      `failed at ${ago(3)} (command-failed), by github:octocat, fence 4`,
    ],
    [
      'that was rolled back',
      running({ state: 'rolled-back', turns: [turn('done', 9), turn('rolled-back', 3)] }),
      `rolled back at ${ago(3)}, by github:octocat, fence 4`,
    ],
    [
      'of a run with a page, by its page',
      done({ holder: { actor: 'github:octocat', run } }),
      `done at ${ago(20)}, by github:octocat in https://ci.example/99, fence 4`,
    ],
    [
      'of a run without one, by its id',
      done({ holder: { actor: 'github:octocat', run: { id: '99' } } }),
      `done at ${ago(20)}, by github:octocat in 99, fence 4`,
    ],
  ])('%s', (_, attempt, told) => {
    expect(describeAttempt(attempt, moment())).toBe(told);
  });
});

describe('a line of the history', () => {
  const WHOLE = {
    kind: 'phase-failed',
    environment: 'production',
    deploy: 'd7',
    phase: 'publish',
    fence: 4,
    artifact: 'shop:7',
    version: 7,
    commit: '0123456',
    reason: 'interrupted',
    held: true,
  };
  const failed = running({ state: 'failed', reason: 'interrupted' });

  it('says what is known of the phase, and what is added', () => {
    expect(phaseEntry('phase-failed', deploy(), 'publish', failed, { held: true })).toEqual(WHOLE);
  });

  it('leaves out what is not known', () => {
    const { version: _v, commit: _c, ...unknown } = deploy();
    const { version, commit, reason, held, ...rest } = WHOLE;
    const entry = phaseEntry('phase-failed', unknown, 'publish', running());
    expect(entry).toStrictEqual(rest);
    expect(phaseEntry('phase-failed', deploy({ version: 0 }), 'publish', running())).toEqual({
      ...rest,
      version: 0,
      commit,
    });
  });
});

describe('what a decision changes', () => {
  it('is nothing where there is only a verdict', () => {
    expect(only('so')).toEqual({ entries: [], verdict: 'so' });
  });

  it('are records at their paths, the environment’s among them where its pointer moves', () => {
    const [one, other] = [deploy(), deploy({ deployId: 'd8' })];
    expect(recordsOf([one, other])).toEqual({
      'deploys/production/d7': one,
      'deploys/production/d8': other,
    });
    expect(recordsOf([one], environment())).toEqual({
      'deploys/production/d7': one,
      'environments/production': environment(),
    });
  });

  it('is refused with the facts, and with whether that passes by itself', () => {
    expect(refusal('held', 'since noon')).toEqual({ kind: 'refused', why: 'held', told: 'since noon' });
    expect(refusal('busy', 'since noon', { passes: true, attempt: running() })).toEqual({
      kind: 'refused',
      why: 'busy',
      told: 'since noon',
      passes: true,
      attempt: running(),
    });
  });
});
