import type { Ports } from '../modes/mode.ts';
import { isContributedEvent } from '../ports/github-run.ts';
import { type BranchReader, type Config, readConfig } from './config.ts';
import type { RawInput } from './parse.ts';

/** How long GitHub is asked for a file of the default branch. */
const LIMIT_MS = 20_000;

/**
 * The config of the run. A config says what is run, where secrets go and what is waived, and its policy what a run may do at
 * all. So where the checkout may be a contributor's, the config is that of the default branch, and of another branch's config
 * the policy is not believed either. Asking for it needs the run's token; without one (the command line inside of a job) a
 * contributor's config is read, and reaches for nothing. Throws `config-…`.
 */
export async function openConfig(given: readonly RawInput[], ports: Ports): Promise<Config> {
  const { cwd, env, secrets } = ports;
  const text = (wanted: string): string | undefined => {
    const value = given.findLast(({ name }) => name === wanted)?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const trusted = !isContributedEvent(env);
  const token = text('token');
  if (token) secrets.add(token);
  const branch = token === undefined ? undefined : await readerOf(token, trusted, ports);
  return readConfig(text('config'), { cwd, trusted, branch });
}

/** How to read the default branch, where that is another than what is checked out. */
async function readerOf(
  token: string,
  trusted: boolean,
  { env, http, clock, userAgent }: Ports,
): Promise<BranchReader | undefined> {
  if (env.GITHUB_ACTIONS !== 'true') return undefined;
  const { readEvent } = await import('../ports/github-event.ts');
  const { defaultBranch } = await readEvent(env);
  const isElsewhere = defaultBranch !== undefined && env.GITHUB_REF !== `refs/heads/${defaultBranch}`;
  if (trusted && !isElsewhere) return undefined;
  const { createGitHub } = await import('../ports/github.ts');
  const { placeFromEnvironment } = await import('../ports/github-place.ts');
  const { branchReader, unreachable } = await import('../ports/default-branch.ts');
  const place = placeFromEnvironment(env, token);
  if (typeof place === 'string') throw unreachable(['it'], place);
  const github = createGitHub(place, { http, clock, userAgent });
  return {
    wants: trusted ? 'policy' : 'config',
    read: branchReader(github, clock.monotonic() + LIMIT_MS),
  };
}
