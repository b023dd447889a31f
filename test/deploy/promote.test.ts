import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/deploy/attempt.ts';
import { overtake, type PromoteDemand, promotion, standingAttempt } from '../../src/deploy/promote.ts';
import type { Deploy, Environment } from '../../src/deploy/records.ts';
import type { Evidence } from '../../src/deploy/require-proof.ts';
import { proofDigest } from '../../src/proof/digest.ts';
import type { Json } from '../../src/proof/schema.ts';
import { proof as anyProof } from '../proof/proofs.ts';
import {
  ago,
  deploy,
  done,
  environment,
  moment,
  NOW,
  orphaned,
  running,
  snapshotOf,
  turn,
} from './examples.ts';

const FENCE = 9;
const HOLDER = { actor: 'host:b' };
type Records = Readonly<Record<string, unknown>>;

const ask = (records: Records = {}, candidate: Deploy = deploy(), proof?: PromoteDemand['proof']) =>
  promotion(
    snapshotOf(records),
    { deploy: candidate, artifactId: 'shop:7', fence: FENCE },
    { holder: HOLDER, proof },
    moment(),
  );

/** The environment in which another deploy's promotion, or rollback, is what was last begun. */
function withOther(attempt: Attempt, phase: 'promote' | 'rollback' = 'promote'): Records {
  const other = deploy({ deployId: 'd6', version: 6, phases: { [phase]: attempt } });
  const active = { deployId: 'd6', phase, fence: 4, version: 6 };
  return {
    'environments/production': environment({ highest: { version: 6, deployId: 'd6' }, active }),
    'deploys/production/d6': other,
  };
}

const MOVED: Environment = environment({
  highest: { version: 7, deployId: 'd7' },
  active: { deployId: 'd7', phase: 'promote', fence: FENCE, version: 7 },
});

describe('a promotion', () => {
  it('is granted where nothing was ever promoted, and takes the environment', async () => {
    const granted = { kind: 'granted', entries: [], overtaken: [] };
    expect(await ask()).toEqual({ ...granted, environment: MOVED });
    const first = { version: 0, deployId: 'd7' };
    expect(await ask({}, deploy({ version: 0 }))).toEqual({
      ...granted,
      environment: { ...MOVED, highest: first, active: { ...MOVED.active, version: 0 } },
    });
  });

  it('leaves what was live as it is until it is done', async () => {
    const current = { deployId: 'd5', buildId: 'build-5', version: 5, artifactId: 'shop:5' };
    const live = { ...current, at: ago(900), fence: 2, how: 'promote' as const };
    const before = environment({ current: live, floor: 5, promotions: [live] });
    expect(await ask({ 'environments/production': before })).toEqual({
      kind: 'granted',
      entries: [],
      overtaken: [],
      environment: { ...MOVED, current: live, floor: 5, promotions: [live] },
    });
  });

  it('is not granted without a version', async () => {
    const { version: _, ...unversioned } = deploy();
    expect(await ask({}, unversioned)).toEqual({
      kind: 'refused',
      why: 'no-version',
      told: 'its version is not known',
    });
  });

  it('is granted for a version as far ahead as clocks may differ, and for none after', async () => {
    const ahead = NOW / 1_000 + 600;
    expect(await ask({}, deploy({ version: ahead }))).toMatchObject({ kind: 'granted' });
    expect(await ask({}, deploy({ version: ahead + 1 }))).toEqual({
      kind: 'refused',
      why: 'version-ahead',
      told: `version ${ahead + 1} is later than ${ago(-600)}`,
    });
  });
});

describe('a version that is not greater than all before', () => {
  const why = (rest: string) => ({
    kind: 'refused',
    why: 'overtaken',
    told: `version 7 is not greater than the highest ever promoted: overtaken by ${rest}`,
  });
  const current = { deployId: 'd6', buildId: 'build-6', version: 6, artifactId: 'shop:6' };
  const live = { ...current, at: ago(900), fence: 2, how: 'rollback' as const };
  it.each<[string, Partial<Environment>, string]>([
    ['lower than the highest', { highest: { version: 8, deployId: 'd8' } }, 'd8 (version 8)'],
    ['the highest, and another deploy’s', { highest: { version: 7, deployId: 'e7' } }, 'e7 (version 7)'],
    ['rolled back from', { floor: 7 }, 'another deploy'],
    [
      'rolled back from, and another the highest since',
      { floor: 7, highest: { version: 8, deployId: 'd8' }, current: live },
      'd8 (version 8); current is d6 (version 6)',
    ],
  ])('is not promoted: %s', async (_, changes, rest) => {
    expect(await ask({ 'environments/production': environment(changes) })).toEqual(why(rest));
  });

  it('is told that it was rolled back from where no other went first', async () => {
    const before = environment({ floor: 7, highest: { version: 7, deployId: 'd7' }, current: live });
    expect(await ask({ 'environments/production': before })).toEqual({
      kind: 'refused',
      why: 'rolled-back',
      told: 'version 7 was rolled back from; current is d6 (version 6)',
    });
  });

  it('is promoted again where it is the same deploy, whose promotion did not come to its end', async () => {
    const failed = running({ state: 'failed', reason: 'interrupted' });
    for (const promote of [failed, orphaned()]) {
      const own = deploy({ phases: { promote } });
      const before = { ...MOVED, active: { deployId: 'd7', phase: 'promote', fence: 4, version: 7 } };
      const records = { 'environments/production': before, 'deploys/production/d7': own };
      expect(await ask(records, own)).toEqual({
        kind: 'granted',
        entries: [],
        overtaken: [],
        environment: MOVED,
      });
    }
  });
});

describe('another deploy that was begun before', () => {
  it.each(['promote', 'rollback'] as const)('is waited for while its %s is live', async (phase) => {
    expect(await ask(withOther(running(), phase))).toEqual({
      kind: 'refused',
      why: 'behind',
      told: `${phase} of d6 (version 6) is running since ${ago(100)}, last heartbeat ${ago(20)}, 40 s left, by github:octocat, fence 4`,
      attempt: running(),
      passes: true,
    });
  });

  it.each([
    ['promote', 'phase-failed'],
    ['rollback', 'rollback-failed'],
  ] as const)('is ended when its %s is orphaned, so that its holder learns of it', async (phase, kind) => {
    const records = withOther(orphaned(), phase);
    const ended = orphaned({
      state: 'failed',
      reason: 'overtaken',
      turns: [turn('started', 100), turn('failed', 0, 4, 'host:b')],
    });
    const over = deploy({ deployId: 'd6', version: 6, phases: { [phase]: ended } });
    const line = { environment: 'production', deploy: 'd6', phase, fence: 4, artifact: 'shop:7' };
    expect(await ask(records)).toEqual({
      kind: 'granted',
      entries: [{ kind, ...line, version: 6, commit: '0123456', reason: 'overtaken' }],
      overtaken: [over],
      environment: MOVED,
    });
  });

  it('is left as it is where it had ended already', async () => {
    expect(await ask(withOther(running({ state: 'failed', reason: 'interrupted' })))).toEqual({
      kind: 'granted',
      entries: [],
      overtaken: [],
      environment: MOVED,
    });
  });

  it('keeps its other phases when it is ended', () => {
    const phases = { publish: done(), promote: orphaned() };
    const standing = { deploy: deploy({ phases }), phase: 'promote' as const, attempt: orphaned() };
    expect(overtake(standing, 'host:b', moment())?.deploy.phases.publish).toEqual(done());
  });

  it('is none where the environment knows of none, or its record is not there', async () => {
    const { active: _, ...idle } = MOVED;
    const own = deploy({ phases: { promote: running() } });
    const records = { 'deploys/production/d7': own };
    expect(await standingAttempt(snapshotOf(records), idle)).toBeUndefined();
    expect(await standingAttempt(snapshotOf(), MOVED)).toBeUndefined();
    expect(await standingAttempt(snapshotOf({ 'deploys/production/d7': deploy() }), MOVED)).toBeUndefined();
    expect(await standingAttempt(snapshotOf(records), MOVED)).toEqual({
      deploy: own,
      phase: 'promote',
      attempt: running(),
    });
  });
});

describe('a promotion that demands a proof', () => {
  const URLS = ['https://app.example.com/'];
  const DEMAND = { repository: 'octo-org/app', urls: URLS, waivers: [] };
  const subject = { buildId: 'build-7', url: URLS, environment: 'production', artifactId: 'shop:7' };
  const FILE = anyProof({
    ...{ mode: 'prove', subject, run: { repository: 'octo-org/app', commit: '0123456' } },
    ...{ ledger: { store: 'git+file:/store', id: 'ledger-1', head: null, entries: 7 }, endedAt: ago(600) },
  });
  const RECORD = {
    ...{ schemaVersion: 1, mode: 'prove', outcome: 'passed', buildId: 'build-7', artifactId: 'shop:7' },
    ...{ digest: proofDigest(FILE), urls: URLS, environment: 'production', commit: '0123456' },
    ...{ repository: 'octo-org/app', overrides: [], provedAt: ago(600), by: { actor: 'prover' } },
  };
  const proved = (changes: Record<string, Json> = {}) => ({
    'proofs/production/build-7': { ...RECORD, ...changes },
  });
  const signed = (file = FILE): Evidence => ({ kind: 'signed', proof: file, digest: proofDigest(file) });
  const refused = (told: string) => ({ kind: 'refused', why: 'proof', told });
  const doubt = { field: 'attested:signer', wanted: 'a', found: 'b' };

  it('is granted where it is there', async () => {
    expect(await ask(proved(), deploy(), DEMAND)).toMatchObject({ kind: 'granted' });
    expect(await ask(proved(), deploy(), { ...DEMAND, signed: signed() })).toMatchObject({ kind: 'granted' });
  });

  it.each<[string, Records, NonNullable<PromoteDemand['proof']>, string]>([
    ['there is none', {}, DEMAND, 'proof: wanted a proof of build-7, found none in the ledger'],
    [
      'there is none, however well a file is signed',
      {},
      { ...DEMAND, signed: signed() },
      'proof: wanted a proof of build-7, found none in the ledger',
    ],
    [
      'it is of another artifact',
      proved({ artifactId: 'shop:6' }),
      DEMAND,
      'artifact-id: wanted shop:7, found shop:6',
    ],
    [
      'it is of another commit',
      proved({ commit: '7654321' }),
      DEMAND,
      'commit: wanted 0123456, found 7654321',
    ],
    [
      'its signature is wrong',
      proved(),
      { ...DEMAND, signed: { kind: 'wrong', doubt } },
      'attested:signer: wanted a, found b',
    ],
    [
      'the signed file was recorded in another ledger',
      proved({ digest: proofDigest(FILE) }),
      { ...DEMAND, signed: signed({ ...FILE, ledger: { store: 's', id: 'other', head: null, entries: 7 } }) },
      'signed-ledger: wanted ledger-1, found other',
    ],
    [
      'the signed file has another outcome',
      proved({ digest: proofDigest({ ...FILE, outcome: 'failed' }) }),
      { ...DEMAND, signed: signed({ ...FILE, outcome: 'failed' }) },
      'signed-outcome: wanted passed, found failed',
    ],
  ])('is refused where %s', async (_, records, demand, told) => {
    expect(await ask(records, deploy(), demand)).toEqual(refused(told));
  });
});
