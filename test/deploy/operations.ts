import fc from 'fast-check';
import type { Failure } from '../../src/deploy/attempt.ts';
import { proofPath } from '../../src/deploy/proof-record.ts';
import {
  goneFrom,
  type Held,
  judgeBegin,
  judgeRecords,
  judgeRollback,
  judgeSettle,
  lockOf,
  remember,
  type Truth,
} from './invariants.ts';
import { ENVIRONMENT, holdIn, PLAN, readingOf, type Sim, STALE_MS, transactIn } from './sim.ts';

/** Four versions, and a deploy that has another one's version. The fourth demands a proof. */
export const DEPLOYS = [
  { deployId: 'd1', version: 1, demand: false },
  { deployId: 'd2', version: 2, demand: false },
  { deployId: 'd3', version: 3, demand: false },
  { deployId: 'd4', version: 4, demand: true },
  { deployId: 'e2', version: 2, demand: false },
] as const;
const URLS = ['https://app.example.com/'];

type Operation = fc.AsyncCommand<Truth, Sim, true>;

/** An operation that is possible when `can` says so. */
const operation = (
  label: string,
  run: (truth: Truth, sim: Sim) => Promise<void>,
  can: (truth: Truth) => boolean = () => true,
): Operation => ({
  check: async (truth) => can(truth),
  run: async (truth, sim) => {
    await run(truth, sim);
    judgeRecords(truth, sim, label);
  },
  toString: () => label,
});

function begin(agent: number, which: number, phase: string): Operation {
  const deploy = DEPLOYS[which] ?? DEPLOYS[0];
  const { deployId, version, demand } = deploy;
  const label = `${agent} begins ${phase} of ${deployId}`;
  return operation(
    label,
    async (truth, sim) => {
      const { lastAtMs } = sim;
      const verdict = await transactIn(sim, agent, (snapshot, moment, fence) =>
        sim.deciders.decideBegin(
          snapshot,
          {
            environment: ENVIRONMENT,
            deployId,
            phase,
            buildId: deployId,
            version,
            plan: PLAN,
            artifactId: undefined,
            commit: undefined,
            holder: { actor: `agent:${agent}` },
            staleAfterMs: STALE_MS,
            overrides: [],
            proof: demand ? { repository: undefined, urls: URLS, waivers: [] } : undefined,
          },
          moment,
          fence,
        ),
      );
      judgeBegin(truth, sim, { agent, label, deployId, version, phase, demand, lastAtMs }, verdict);
      if (verdict.kind !== 'begun') return;
      const { fence, artifactId } = verdict.attempt;
      remember(truth, sim, agent, { deployId, phase, fence, artifactId }, verdict.attempt);
      if (phase !== 'promote') return;
      truth.top = { version, deployId };
      truth.unfinished = version;
      truth.settledRollback = false;
      truth.goingTo = undefined;
    },
    (truth) => truth.held[agent] === undefined,
  );
}

const grantOf = ({ deployId, phase, fence }: Held) => ({ environment: ENVIRONMENT, deployId, phase, fence });

function heartbeat(agent: number, always: boolean): Operation {
  const label = `${agent} ${always ? 'beats' : 'looks'}`;
  return withHeld(agent, label, async (held, truth, sim) => {
    const verdict = await transactIn(sim, agent, (snapshot, moment) =>
      sim.deciders.decideHeartbeat(snapshot, { ...grantOf(held), always }, moment),
    );
    judgeSettle(truth, held, 'heartbeat', verdict, label);
    if (verdict.kind === 'beating') remember(truth, sim, agent, held, verdict.attempt);
    if (verdict.kind === 'refused') truth.held[agent] = undefined;
    if (verdict.kind === 'held') await end(truth, sim, agent, held, 'held', label);
  });
}

function done(agent: number): Operation {
  const label = `${agent} is done`;
  return withHeld(agent, label, async (held, truth, sim) => {
    const { deployId, phase } = held;
    const own = phase === 'build' || phase === 'publish' ? `${deployId}-${phase}` : undefined;
    const actor = `agent:${agent}`;
    const verdict = await transactIn(sim, agent, (snapshot, moment) =>
      phase === 'rollback'
        ? sim.deciders.decideRolledBack(snapshot, { ...grantOf(held), actor }, moment)
        : sim.deciders.decideDone(snapshot, { ...grantOf(held), artifactId: own, actor }, moment),
    );
    judgeSettle(truth, held, 'done', verdict, label);
    truth.held[agent] = undefined;
    if (verdict.kind !== 'settled') return;
    close(truth, held, false);
    settleTruth(truth, held, verdict.attempt.artifactId, verdict.attempt.from);
  });
}

function settleTruth(truth: Truth, { deployId, phase }: Held, artifactId: string, from = -1): void {
  const version = DEPLOYS.find((deploy) => deploy.deployId === deployId)?.version ?? -1;
  if (phase !== 'rollback') truth.done.add(`${deployId}/${phase}`);
  if (phase === 'publish') truth.artifacts.set(deployId, artifactId);
  if (phase !== 'promote' && phase !== 'rollback') return;
  truth.current = version;
  truth.live = deployId;
  truth.unfinished = undefined;
  truth.goingTo = undefined;
  truth.everLive.add(version);
  truth.settledRollback = phase === 'rollback';
  if (phase === 'promote') return;
  // What was once gone back from is live again.
  truth.rolledBack.delete(version);
  truth.undone.delete(deployId);
  truth.done.add(`${deployId}/promote`);
  for (const deploy of DEPLOYS.filter((one) => one.version > version && one.version <= from)) {
    const wasPromoted = truth.done.delete(`${deploy.deployId}/promote`);
    if (wasPromoted || truth.top?.deployId === deploy.deployId) truth.undone.add(deploy.deployId);
    truth.rolledBack.add(deploy.version);
  }
}

const fail = (agent: number, reason: Failure): Operation =>
  withHeld(agent, `${agent} fails (${reason})`, (held, truth, sim) =>
    end(truth, sim, agent, held, reason, `${agent} fails (${reason})`),
  );

async function end(truth: Truth, sim: Sim, agent: number, held: Held, reason: Failure, label: string) {
  const actor = `agent:${agent}`;
  const verdict = await transactIn(sim, agent, (snapshot, moment) =>
    sim.deciders.decideFail(snapshot, { ...grantOf(held), reason, actor }, moment),
  );
  judgeSettle(truth, held, 'fail', verdict, label);
  const keeps = reason === 'job-ended' && verdict.kind !== 'refused';
  if (!keeps) truth.held[agent] = undefined;
  if (verdict.kind === 'settled') close(truth, held, reason === 'job-ended');
}

function close(truth: Truth, { deployId, phase }: Held, jobEnded: boolean): void {
  const lock = lockOf(deployId, phase);
  const latest = truth.latest.get(lock);
  if (latest) truth.latest.set(lock, { ...latest, open: false, jobEnded });
}

function rollback(agent: number, to: string | undefined, confirmed: boolean, from?: string): Operation {
  const named = [to === undefined ? '' : ` to ${to}`, from === undefined ? '' : ` from ${from}`].join('');
  const label = `${agent} rolls back${named}${confirmed ? '' : ' unconfirmed'}`;
  return operation(
    label,
    async (truth, sim) => {
      const { lastAtMs } = sim;
      const verdict = await transactIn(sim, agent, (snapshot, moment, fence) =>
        sim.deciders.decideRollback(
          snapshot,
          {
            environment: ENVIRONMENT,
            to,
            from,
            confirmed,
            holder: { actor: `agent:${agent}` },
            staleAfterMs: STALE_MS,
          },
          moment,
          fence,
        ),
      );
      judgeRollback(truth, sim, { agent, label, to, from, confirmed, lastAtMs }, verdict);
      if (verdict.kind !== 'begun') return;
      const { fence, artifactId } = verdict.attempt;
      const { deployId } = verdict.deploy;
      remember(truth, sim, agent, { deployId, phase: 'rollback', fence, artifactId }, verdict.attempt);
      truth.barred = Math.max(truth.barred, verdict.from);
      truth.settledRollback = false;
      truth.goingFrom = goneFrom(truth);
      truth.goingTo = verdict.deploy.version;
    },
    (truth) => truth.held[agent] === undefined,
  );
}

const hold = (state: 'set' | 'cleared'): Operation =>
  operation(`hold ${state}`, async (truth, sim) => {
    await holdIn(sim, state);
    truth.hold = state === 'set';
  });

const time = (ms: number): Operation =>
  operation(`${ms} ms pass`, async (_, sim) => {
    sim.atMs += ms;
  });

function prove(which: number, good: boolean, other: boolean): Operation {
  const { deployId } = DEPLOYS[which] ?? DEPLOYS[0];
  return operation(
    `${deployId} is proved${good ? '' : ' wrong'}${other ? ', another artifact' : ''}`,
    async (truth, sim) => {
      const artifactId = other ? 'another' : `${deployId}-publish`;
      sim.records.set(proofPath(ENVIRONMENT, deployId), {
        schemaVersion: 1,
        mode: 'prove',
        outcome: good ? 'passed' : 'inconclusive',
        buildId: deployId,
        digest: 'a'.repeat(64),
        urls: URLS,
        environment: ENVIRONMENT,
        artifactId,
        overrides: [],
        provedAt: new Date(sim.atMs).toISOString(),
        by: { actor: 'prover' },
      });
      truth.proofs.set(deployId, { good, artifactId, atMs: sim.atMs });
    },
  );
}

const die = (agent: number): Operation =>
  withHeld(agent, `${agent} dies`, async (_, truth) => {
    truth.held[agent] = undefined;
  });

function withHeld(
  agent: number,
  label: string,
  run: (held: Held, truth: Truth, sim: Sim) => Promise<void>,
): Operation {
  return operation(
    label,
    async (truth, sim) => {
      const held = truth.held[agent];
      if (held) await run(held, truth, sim);
    },
    (truth) => truth.held[agent] !== undefined,
  );
}

/** A holder that was held up past its lease still says what it did: the deciders have to refuse it where it was overtaken. */
export const isLate = (sim: Sim, agent: number, held: Held): boolean =>
  readingOf(sim, agent) >= held.leaseEndsMs;

const agent = fc.nat({ max: 2 });
const which = fc.nat({ max: DEPLOYS.length - 1 });

export const operations = fc.commands<Truth, Sim, true>(
  [
    fc.tuple(agent, which, fc.constantFrom(...PLAN)).map((args) => begin(...args)),
    fc.tuple(agent, which, fc.constantFrom(...PLAN)).map((args) => begin(...args)),
    agent.map(done),
    agent.map(done),
    fc.tuple(agent, fc.boolean()).map((args) => heartbeat(...args)),
    fc
      .tuple(agent, fc.constantFrom('command-failed' as const, 'job-ended' as const))
      .map((args) => fail(...args)),
    agent.map(die),
    fc.constantFrom(10, 300, 950, 1_050, 3_000, 86_500_000).map(time),
    fc.constantFrom('set' as const, 'cleared' as const, 'cleared' as const).map(hold),
    fc.tuple(which, fc.boolean(), fc.boolean()).map((args) => prove(...args)),
    fc
      .tuple(agent, fc.constantFrom(undefined, undefined, '1', 'd2', '4'), fc.constantFrom(true, true, false))
      .map((args) => rollback(...args)),
    fc
      .tuple(agent, which, fc.constantFrom(undefined, undefined, '1'))
      .map(([who, what, to]) => rollback(who, to, true, DEPLOYS[what]?.deployId)),
    fc.tuple(agent, which).map((args) => thereAndBack(...args)),
    // Whole phases and deploys at once, so that histories come far.
    fc.tuple(agent, which).map((args) => through(...args)),
    fc.tuple(agent, which).map((args) => through(...args)),
    fc
      .tuple(agent, which, fc.constantFrom('fails' as const, 'dies' as const, 'hangs' as const), fc.boolean())
      .map((args) => halfWay(...args)),
  ],
  { size: 'max', maxCommands: 40 },
);

/** One agent goes as far as it gets with a deploy. */
const through = (who: number, what: number): Operation =>
  inTurn(who, `${who} deploys ${DEPLOYS[what]?.deployId}`, [
    ...PLAN.flatMap((phase) => [begin(who, what, phase), done(who)]),
  ]);

/** One agent deploys, finds that it is no good, and goes back from that, as a workflow does that is run again. */
const thereAndBack = (who: number, what: number): Operation => {
  const back = rollback(who, undefined, true, DEPLOYS[what]?.deployId);
  return inTurn(who, `${who} deploys ${DEPLOYS[what]?.deployId} and goes back from it`, [
    ...PLAN.flatMap((phase) => [begin(who, what, phase), done(who)]),
    ...[back, done(who), back, done(who)],
  ]);
};

/** One agent promotes a deploy, or rolls back, and does not come to the end. */
const halfWay = (who: number, what: number, end: 'fails' | 'dies' | 'hangs', back: boolean): Operation =>
  inTurn(who, `${who} ${back ? 'rolls back' : `promotes ${DEPLOYS[what]?.deployId}`} and ${end}`, [
    ...(back
      ? [rollback(who, undefined, true)]
      : [
          ...PLAN.slice(0, 2).flatMap((phase) => [begin(who, what, phase), done(who)]),
          begin(who, what, 'promote'),
        ]),
    ...{ fails: [fail(who, 'command-failed')], dies: [die(who), time(1_300)], hangs: [time(1_300)] }[end],
  ]);

function inTurn(who: number, label: string, steps: readonly Operation[]): Operation {
  return operation(
    label,
    async (truth, sim) => {
      for (const step of steps) if (await step.check(truth)) await step.run(truth, sim);
    },
    (truth) => truth.held[who] === undefined,
  );
}
