import { z } from 'zod';
import { createGitHub, type GitHub } from '../../ports/github.ts';
import { placeFromEnvironment } from '../../ports/github-place.ts';
import { instant } from '../../proof/proof.ts';
import type { Standing } from '../../runner/alerts.ts';
import type { AlertName } from '../../runner/watchdog.ts';
import type { Ports } from '../mode.ts';

export interface Issues {
  /** Opens the alert's issue, or closes it when the alert ended: its number, or in words why not. */
  tell(alert: AlertName, standing: Standing, says: string): Promise<number | string>;
}

const LIMIT_MS = 30_000;
/** The server's clock gives the issues their times, ours the alert: so much earlier is looked, too. */
const CLOCKS_DIFFER_MS = 600_000;
const needs = 'issues: write';

const issueSchema = z.looseObject({ number: z.int().positive(), title: z.string(), state: z.string() });
const listSchema = z.array(issueSchema);

/** The repository's issues, in a run that has a token; undefined elsewhere, since nobody asked for any there. */
export function createIssues(runner: string, token: string | undefined, ports: Ports): Issues | undefined {
  if (ports.env.GITHUB_ACTIONS !== 'true' || !token) return undefined;
  const place = placeFromEnvironment(ports.env, token);
  if (typeof place === 'string') return { tell: async () => place };
  const github = createGitHub(place, ports);
  const deadline = ports.clock.monotonic() + LIMIT_MS;
  return {
    tell: (alert, standing, says) =>
      standing.state === 'raised'
        ? open(github, deadline, runner, alert, standing, says)
        : close(github, deadline, standing),
  };
}

/** By its title, so that one which was opened by a process that died then is found, not opened twice. */
const titleOf = (runner: string, alert: AlertName): string => `ship-proof: ${alert} (runner ${runner})`;

async function open(
  github: GitHub,
  deadline: number,
  runner: string,
  alert: AlertName,
  { since }: Standing,
  says: string,
): Promise<number | string> {
  const title = titleOf(runner, alert);
  const from = instant(Date.parse(since) - CLOCKS_DIFFER_MS);
  const path = `/issues?state=open&per_page=100&since=${encodeURIComponent(from)}`;
  const listed = await github.request({ method: 'GET', path, needs, repeatable: true }, deadline);
  if (!listed.ok) return listed.problem.text;
  const there = listSchema.safeParse(listed.body).data?.find((issue) => issue.title === title);
  if (there) return there.number;
  const body = `The watchdog of the runner \`${runner}\` says since ${since}: ${says}.\n\nIt closes this issue when that is over. \`ship-proof status --runner ${runner}\` tells more.`;
  const made = await github.request(
    { method: 'POST', path: '/issues', body: { title, body }, needs },
    deadline,
  );
  if (!made.ok) return made.problem.text;
  return issueSchema.safeParse(made.body).data?.number ?? 'the server opened an issue without a number';
}

/** Closed first: a comment on an issue that stays open would be repeated. */
async function close(github: GitHub, deadline: number, { issue, since }: Standing): Promise<number | string> {
  const path = `/issues/${issue}`;
  const ask = (request: Parameters<GitHub['request']>[0]) => github.request(request, deadline);
  const found = await ask({ method: 'GET', path, needs, repeatable: true });
  if (!found.ok) return found.problem.text;
  if (issueSchema.safeParse(found.body).data?.state === 'closed') return Number(issue);
  const body = { state: 'closed', state_reason: 'completed' };
  const closed = await ask({ method: 'PATCH', path, body, needs, repeatable: true });
  if (!closed.ok) return closed.problem.text;
  await ask({ method: 'POST', path: `${path}/comments`, body: { body: `Recovered at ${since}.` }, needs });
  return Number(issue);
}
