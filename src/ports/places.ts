import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { inconclusive } from '../proof/errors.ts';
import type { Exec, Execution } from './exec.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The folder for what is private to this user and may be lost: locks and disposable clones. */
export function defaultFolder(env: Environment): string {
  const cache = env.XDG_CACHE_HOME || (env.HOME || env.USERPROFILE ? join(homedir(), '.cache') : undefined);
  return cache ? join(cache, 'ship-proof') : join(tmpdir(), `ship-proof-${userInfo().uid}`);
}

/**
 * The store that is used when none is named: in the action the workflow's own repository; on the command line the
 * repository of the folder, or outside of one a bare repository in `.ship-proof/`, which is made unless `make` is false:
 * then its absence is `store-missing`. A repository that git will not look into is not "outside of one": another ledger in
 * its place would have forgotten everything.
 */
export async function defaultStore(
  front: 'cli' | 'action',
  cwd: string,
  env: Environment,
  exec: Exec,
  make = true,
): Promise<string> {
  if (front === 'action' && env.GITHUB_SERVER_URL && env.GITHUB_REPOSITORY) {
    return `git+${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}`;
  }
  const git = (args: readonly string[]) =>
    exec.run({ file: 'git', args, cwd, env: ownEnvironment(env), timeoutMs: 10_000 });
  const found = await git(['rev-parse', '--path-format=absolute', '--git-common-dir']);
  if (found.code === 0) return `git+file:${found.stdout.toString().trimEnd()}`;
  if (!found.stderr.includes('not a git repository'))
    throw failed(`git can't tell whether ${cwd} is in a repository`, found);
  const own = resolve(cwd, '.ship-proof');
  if (!(await exists(own))) {
    if (!make) throw missing(cwd);
    await makeRepository(own, git);
  }
  return `git+file:${own}`;
}

const missing = (cwd: string) =>
  inconclusive(
    'store-missing',
    `${cwd} is in no git repository and has no .ship-proof/, so there is no ledger: run it where the ledger is, or name it with \`store\`; the first mode that writes (\`once\`, \`phase\`, \`tick\` …, \`prove\` with \`ledger: required\`) makes one`,
  );

/** Made aside and then moved, so that no other process finds half of it; of several, one is kept. */
async function makeRepository(
  path: string,
  git: (args: readonly string[]) => Promise<Execution>,
): Promise<void> {
  const fresh = await mkdtemp(`${path}-`).catch((error: unknown) => {
    throw inconclusive(
      'store-unwritable',
      `${path} can't be made; give a \`store\`, or run where you may write`,
      { cause: error },
    );
  });
  const made = await git(['init', '--quiet', '--bare', '--template=', fresh]);
  if (made.code === 0) await rename(fresh, path).catch(otherwiseThere);
  await rm(fresh, { recursive: true, force: true });
  if (made.code !== 0) throw failed(`${path} can't be made`, made);
}

function otherwiseThere(error: NodeJS.ErrnoException): void {
  if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code ?? '')) throw error;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );

/** git's own configuration may say whose repositories it looks into; nothing else of the environment has a say. */
const ownEnvironment = (env: Environment): Record<string, string> => {
  const names = [
    'PATH',
    'HOME',
    'USERPROFILE',
    'XDG_CONFIG_HOME',
    'SYSTEMROOT',
    'SUDO_UID',
    'GIT_CONFIG_GLOBAL',
    'GIT_CONFIG_SYSTEM',
    'GIT_CONFIG_NOSYSTEM',
  ];
  const kept = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && names.includes(pair[0].toUpperCase()),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
};

const failed = (what: string, { ended, stderr }: Execution) =>
  ended === 'not-found'
    ? inconclusive(
        'git-missing',
        'git was not found on PATH; install git 2.32 or newer, or use a redis:// store',
      )
    : inconclusive(
        'store-unreadable',
        `${what}: ${stderr.trim().split('\n')[0] || ended}. Nothing was done; fix that, or give a \`store\``,
      );
