import {
  type DeployGlance,
  type DeploysGlance,
  describeDeploys,
  readDeploys,
} from '../../deploy/describe.ts';
import type { Snapshot } from '../../ledger/ledger.ts';
import type { Moment } from '../../ledger/moment.ts';
import type { Check } from '../../proof/schema.ts';
import type { StatusSection } from '../../runner/status-sections.ts';
import { deploysPage } from './html.ts';
import { look, type Place, sectionsAsJson, type Told } from './told.ts';

/** How an environment's deploys stand, and nothing else. */
export async function tellDeploys(place: Place, environment: string): Promise<Told> {
  const at = await look(place, async (snapshot, moment) => ({
    glance: describeDeploys(await readDeploys(snapshot, environment), moment),
    asOf: new Date(moment.writtenMs).toISOString(),
  }));
  const { glance, asOf } = at.verdict;
  const { state } = glance;
  const sections = sectionsOf(glance, environment);
  return {
    subject: { environment },
    checks: [readCheck(glance, environment)],
    standing: [],
    result: { state, sections: sectionsAsJson(sections) },
    sections,
    files: { 'status.html': deploysPage({ environment, state, asOf }, sections) },
    at,
  };
}

const readCheck = ({ state, unreadable }: DeploysGlance, environment: string): Check => ({
  id: 'read',
  status: unreadable.length === 0 ? 'pass' : 'warn',
  title: `the deploys of ${environment} were read`,
  expected: 'records that this version understands',
  observed: unreadable.length === 0 ? state : `${state}, but for ${unreadable.join(', ')}`,
});

/** How an environment's deploys stand: what is live, built, published, stale and held; a line for each that is not over. */
export async function deploySections(
  snapshot: Snapshot,
  environment: string,
  moment: Moment,
): Promise<readonly StatusSection[]> {
  const glance = describeDeploys(await readDeploys(snapshot, environment), moment);
  return sectionsOf(glance, environment);
}

const sectionsOf = (glance: DeploysGlance, environment: string): readonly StatusSection[] => [
  overview(glance, environment),
  ...glance.deploys.filter(isOpen).map(block),
];

const TONES = {
  held: 'bad',
  stale: 'doubt',
  running: 'plain',
  failed: 'bad',
  ok: 'plain',
  none: 'plain',
} as const;

function overview(glance: DeploysGlance, environment: string): StatusSection {
  const { state, live, hold, deploys, unreadable } = glance;
  const listed = (wanted: (state: string) => boolean, words = ({ deploy }: DeployGlance) => deploy) =>
    deploys
      .filter((one) => wanted(one.state))
      .map(words)
      .join(', ') || undefined;
  const named = (state: string) => listed((one) => one === state);
  const isDoubtful = unreadable.length > 0 || (live !== undefined && !live.verified?.startsWith('passed'));
  return {
    name: 'deploys',
    tone: TONES[state] === 'plain' && isDoubtful ? 'doubt' : TONES[state],
    facts: {
      environment,
      state,
      live: live?.deploy ?? 'none',
      version: live?.version,
      build: live?.build,
      artifact: live?.artifact,
      by: live?.by,
      told: live?.told,
      verified: live && (live.verified ?? 'never'),
      // Phases of the config's own.
      'part-way': listed(
        (state) => state.endsWith(' done'),
        ({ deploy, state }) => `${deploy} (${state})`,
      ),
      built: named('built'),
      published: named('published'),
      running: named('running'),
      stale: named('stale'),
      failed: named('failed'),
      held: hold,
      unreadable: unreadable.join(', ') || undefined,
    },
  };
}

/** Somebody has to look after it, or is about to: who, since when. */
const isOpen = ({ state }: DeployGlance): boolean => ['running', 'stale', 'failed'].includes(state);

const block = ({ deploy, state, phase, told }: DeployGlance): StatusSection => ({
  name: `deploy ${deploy}`,
  tone: state === 'running' ? 'plain' : state === 'stale' ? 'doubt' : 'bad',
  facts: { state, phase, told },
});
