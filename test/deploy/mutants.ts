import type { Invariant } from './invariants.ts';

/** The source without one guard. `find` stands in the file exactly once. */
export interface Mutant {
  readonly guard: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** What has to break. */
  readonly breaks: Invariant;
}

const mutant =
  (file: string) =>
  (guard: string, find: string, replace: string, breaks: Invariant): Mutant => ({
    guard,
    file: `${file}.ts`,
    find,
    replace,
    breaks,
  });
const inAttempt = mutant('attempt');
const inBegin = mutant('begin');
const inPromote = mutant('promote');
const inSettle = mutant('settle-phase');
const inPointer = mutant('pointer');
const inRollback = mutant('rollback');
const inTarget = mutant('rollback-target');
const inProof = mutant('require-proof');

export const MUTANTS: readonly Mutant[] = [
  inAttempt('another host’s heartbeat ends later', ' + skewMs(attempt.clock, moment)', '', 'one-holder'),
  inAttempt(
    'a heartbeat ends',
    ' && moment.nowMs < staleAtMs(attempt) + skewMs(attempt.clock, moment)',
    '',
    'opens-on-time',
  ),
  inAttempt(
    'a heartbeat lasts',
    'Date.parse(heartbeatAt) + staleAfterMs',
    'Date.parse(heartbeatAt) + 1',
    'one-holder',
  ),
  inAttempt(
    'ends are compared with our own clock',
    "attempt.state === 'running' && moment.nowMs <",
    "attempt.state === 'running' && moment.writtenMs <",
    'one-holder',
  ),
  inAttempt('what failed is not live', "attempt.state === 'running' && moment", 'moment', 'opens-on-time'),
  inAttempt(
    'a grant is made no earlier than the newest entry',
    'heartbeatAt: instant(moment.writtenMs)',
    'heartbeatAt: instant(moment.nowMs)',
    'time-forward',
  ),
  inAttempt(
    'a grant has a fence of its own',
    '    fence,\n    holder,',
    '    fence: before?.fence ?? fence,\n    holder,',
    'fence-grows',
  ),

  inBegin(
    'what is done is told as done',
    "if (before?.state === 'done')",
    'if (before === null)',
    'done-stays',
  ),
  inBegin(
    'a live holder is left alone',
    'if (before && isLive(before, moment))',
    'if (before === null)',
    'one-holder',
  ),
  inBegin('phases follow one another', 'if (behind) return only(behind);', '', 'order'),
  inBegin(
    'a hold stops what begins',
    'if (held) return only(refusal',
    'if (held === null) return only(refusal',
    'hold-stops',
  ),

  inPromote(
    'a promotion that a rollback began over is over',
    'return version > floor',
    'return version > -1',
    'rolled-back-stays',
  ),
  inPromote('versions grow', ' && version > (highest?.version ?? -1)', '', 'versions-grow'),
  inPromote(
    'the same version is the same deploy',
    'version > (highest?.version ?? -1)',
    'version >= (highest?.version ?? -1)',
    'versions-grow',
  ),
  inPromote('one promotion at a time', 'isLive(standing.attempt, moment))', 'false)', 'one-holder'),
  inPromote(
    'a promotion waits for a live rollback',
    'if (standing && isLive(',
    "if (standing?.phase === 'promote' && isLive(",
    'one-holder',
  ),
  inPromote('a demanded proof is there', 'if (unproved) return unproved;', '', 'proof-demanded'),
  inPromote(
    'what stood half-way ends',
    '? overtake(standing, demand.holder.actor, moment) :',
    '? undefined :',
    'stale-writes-nothing',
  ),
  inPromote(
    'the highest version is kept',
    'highest: { version, deployId: deploy.deployId },',
    'highest: environment.highest,',
    'versions-grow',
  ),

  inProof('a proof has passed', "if (outcome !== 'passed')", "if (outcome === 'failed')", 'proof-demanded'),
  inProof(
    'a proof is of the artifact',
    'if (artifactId !== demand.artifactId)',
    'if (artifactId === undefined)',
    'proof-demanded',
  ),
  inProof('a proof is young', 'ageMs >= PROOF_MAX_AGE_MS || ', '', 'proof-demanded'),

  inSettle(
    'nothing is written by another fence',
    'if (attempt.fence !== fence)',
    'if (attempt.fence === -1)',
    'stale-writes-nothing',
  ),
  inSettle(
    'a heartbeat is of what runs',
    "if (attempt.state !== 'running')\n    return only(refusal('ended', describeAttempt(attempt, moment), { attempt }));\n  const hold",
    'const hold',
    'stale-writes-nothing',
  ),
  inSettle('a hold stops what runs', 'if (hold) return only', 'if (hold === null) return only', 'hold-stops'),
  inSettle('a job’s end is not the last word', "reason === 'job-ended'", 'false', 'holder-heard'),
  inSettle(
    'the pointer moves with the promotion',
    '? promoted(await',
    '&& !grant ? promoted(await',
    'pointer-true',
  ),

  inPointer(
    'a rollback’s versions are passed by',
    '? { ...one, rolledBack: true } : one',
    '? one : one',
    'rollback-backwards',
  ),
  inPointer(
    'what was promoted is current',
    '      current,\n      floor: Math.max(environment.floor, current.version)',
    '      ...(environment.current ? { current: environment.current } : {}),\n      floor: Math.max(environment.floor, current.version)',
    'pointer-true',
  ),

  inRollback(
    'a rollback is confirmed',
    'if (!command.confirmed)',
    'if (command.confirmed === null)',
    'confirmed',
  ),
  inRollback(
    'a rollback leaves a live holder alone',
    'if (standing && isLive(standing.attempt, moment))',
    'if (standing === null)',
    'one-holder',
  ),
  inRollback(
    'a hold stops a rollback',
    'if (held) return only(refusal',
    'if (held === null) return only(refusal',
    'hold-stops',
  ),
  inRollback(
    'versions are over when a rollback begins',
    'floor: Math.max(environment.floor, aim.from),',
    '',
    'rolled-back-stays',
  ),
  inRollback(
    'a rollback ends the promotion that stood half-way',
    '? overtake(standing, holder.actor, moment) :',
    '? undefined :',
    'stale-writes-nothing',
  ),
  inRollback('what is gone back over is no longer done', '...over, revived', 'revived', 'rollback-from'),

  inTarget(
    'a rollback that is done is done',
    "if (current.how === 'rollback' &&",
    'if (current.how === null &&',
    'rollback-converges',
  ),
  inRollback(
    'a rollback goes back from what it names only',
    'command.from !== undefined && !isGoneFrom(environment, current, standing, command.from)',
    'false',
    'rollback-from',
  ),
  inRollback(
    'a rollback that went back from what it names is done',
    "gone?.phases[PROMOTE]?.state === 'rolled-back'",
    'false',
    'rollback-from',
  ),
  inTarget(
    'what is live is not gone back from while a promotion is half-way',
    'if (standing.phase === PROMOTE) return standing.deploy.deployId === deployId;',
    'if (standing.phase === PROMOTE) return current.deployId === deployId;',
    'rollback-from',
  ),
  inTarget(
    'what a rollback goes back from is that until it is done',
    'one?.deployId === deployId && one.version === from',
    'one?.deployId === deployId',
    'rollback-from',
  ),
  inTarget('rolled back versions are passed by', ' && rolledBack !== true', '', 'rollback-backwards'),
  inTarget(
    'an unfinished promotion is gone back from',
    "if (unfinished !== undefined) return { kind: 'back', to: current, from };",
    '',
    'rollback-backwards',
  ),
  inTarget('a rollback goes back', 'if (to.version >= from)', 'if (to.version < 0)', 'rollback-backwards'),
];
