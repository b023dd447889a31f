import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { decideBegin } from '../../src/deploy/begin.ts';
import { DEFAULT_PLAN } from '../../src/deploy/records.ts';
import { decideDone } from '../../src/deploy/settle-phase.ts';
import { commitOfBuildId, epochOfBuildId } from '../../src/deploy/version.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Moment } from '../../src/ledger/moment.ts';
import { transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { type RunOptions, type Started, startCli } from '../e2e/run-dist.ts';
import { git, openAt } from '../ledger/fixtures.ts';
import { type Answer, openWorkshop, type Workshop, withFlags } from '../once/workshop.ts';
import { makePlatform, type Platform } from '../targets/platform.ts';

/** A checkout with a history, a ledger beside it, a platform to deploy to, and its public site. */
export interface Yard extends AsyncDisposable {
  readonly shop: Workshop;
  readonly platform: Platform;
  readonly url: string;
  /** Build ids of three commits, oldest first. */
  readonly builds: readonly [string, string, string];
  /** Runs a phase of a build by the platform's own command; `more` are flags. */
  phase(phase: string, build: string, more?: readonly string[], options?: RunOptions): Promise<Answer>;
  /** The same with another command. */
  phaseBy(
    command: readonly string[],
    phase: string,
    build: string,
    more?: readonly string[],
    options?: RunOptions,
  ): Promise<Answer>;
  rollback(more?: readonly string[], options?: RunOptions): Promise<Answer>;
  /** Starts one without waiting for it. */
  start(args: readonly string[], command: readonly string[]): Promise<Started>;
  /** The build as it is when it was built and published, without the processes that do it. */
  published(...builds: readonly string[]): Promise<void>;
  /** The same for builds alone. */
  built(...builds: readonly string[]): Promise<void>;
  /** The same for promotions of what is published. */
  promoted(...builds: readonly string[]): Promise<void>;
  /** All phases of a build, each by a process of its own. */
  deploy(build: string, more?: readonly string[]): Promise<Answer[]>;
}

/** For a holder that is about to be orphaned. Whoever is to come to its end has the default, however slow the machine is. */
export const STALE = '3s';

/** `onRequest` is waited for before the site answers. */
export async function openYard(onRequest: () => Promise<void> = async () => {}): Promise<Yard> {
  const shop = openWorkshop();
  const commit = (text: string) => {
    const own = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', shop.path];
    git([...own, 'commit', '--quiet', '--allow-empty', '-m', text]);
    return git(['-C', shop.path, 'rev-parse', '--short=7', 'HEAD']);
  };
  git(['init', '--quiet', shop.path]);
  const epoch = Math.floor(Date.now() / 1_000) - 3_600;
  const builds = ['one', 'two', 'three'].map((text, at) => `build-${epoch + at}-${commit(text)}`);
  const platform = makePlatform(join(shop.path, '..', 'platform'));
  const server = createServer(async (request, response) => {
    await onRequest();
    const page = platform.page(/^\/preview\/(.+)$/.exec(request.url ?? '')?.[1]);
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const argsOf = (phase: string, build: string, more: readonly string[]) => [
    ...['phase', '--phase', phase, '--build-id', build, ...more],
  ];
  const yard: Yard = {
    shop,
    platform,
    url,
    builds: builds as unknown as Yard['builds'],
    phase: (phase, build, more = [], options) => yard.phaseBy(platform.command, phase, build, more, options),
    phaseBy: (command, phase, build, more = [], options) =>
      shop.run([...argsOf(phase, build, more), '--', ...command], options),
    rollback: (more = [], options) => shop.run(['rollback', ...more, '--', ...platform.command], options),
    start: (args, command) =>
      startCli(withFlags([...args, '--', ...command], ['--store', shop.store]), { cwd: shop.path }),
    published: (...all) => doPhases(shop, platform, all, ['build', 'publish']),
    built: (...all) => doPhases(shop, platform, all, ['build']),
    promoted: (...all) => doPhases(shop, platform, all, ['promote']),
    deploy: async (build, more = []) => [
      await yard.phase('build', build, more),
      await yard.phase('publish', build, more),
      await yard.phase('promote', build, more),
    ],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      shop[Symbol.dispose]();
    },
  };
  return yard;
}

async function doPhases(
  shop: Workshop,
  platform: Platform,
  builds: readonly string[],
  phases: readonly string[],
): Promise<void> {
  await using ledger = await openAt(shop.store, join(shop.path, '..', 'cache'));
  for (const build of builds) for (const phase of phases) await doPhase(ledger, phase, build, platform);
}

/** One phase in this process: the same deciders, the same command. */
async function doPhase(ledger: Ledger, phase: string, build: string, platform: Platform): Promise<void> {
  const deploying = { environment: 'production', deployId: build, phase };
  const holder = { actor: 'host:yard' };
  const moment = (nowMs: number): Moment => ({
    ...{ nowMs, writtenMs: nowMs, clock: 'yard', oneClock: false, maxSkewMs: 0 },
  });
  const begun = await transact(ledger, { clock: systemClock, ...holder }, (snapshot, { now, seq }) =>
    decideBegin(
      snapshot,
      {
        ...deploying,
        buildId: build,
        version: epochOfBuildId(build),
        plan: DEFAULT_PLAN,
        artifactId: undefined,
        commit: commitOfBuildId(build),
        holder,
        staleAfterMs: 60_000,
        overrides: [],
        proof: undefined,
      },
      moment(now),
      seq,
    ),
  );
  if (begun.verdict.kind !== 'begun')
    throw new Error(`${phase} of ${build}: ${JSON.stringify(begun.verdict)}`);
  const { fence } = begun.verdict.attempt;
  const artifactId = phase === 'publish' ? `art-${build}` : undefined;
  platform.call(phase, build, fence, begun.verdict.attempt.artifactId);
  await transact(ledger, { clock: systemClock, ...holder }, (snapshot, { now }) =>
    decideDone(snapshot, { ...deploying, fence, artifactId, ...holder }, moment(now)),
  );
}

/** The outcome and state of an answer, in a word each. */
export const said = ({ proof, result }: Answer): string => `${proof.outcome} ${result.state}`;

/** All that the checks of an answer say. */
export const toldBy = ({ proof }: Answer): string =>
  proof.checks.map(({ observed, detail }) => `${observed} ${detail}`).join('\n');
