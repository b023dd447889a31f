import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Program } from './launch.ts';

/** An action as its makers published it; without a program where this machine could not fetch it. */
export interface Published {
  readonly title: string;
  readonly program: Program | undefined;
}

interface Pin {
  readonly name: keyof typeof STARTS;
  readonly version: string;
  readonly commit: string;
}

const PEERS = resolve(fileURLToPath(import.meta.url), '../../peers');
const FETCH_LIMIT_MS = 120_000;

/**
 * How each comes to its first line without asking anybody: cache says that it has no service, upload-artifact what it
 * found, checkout what it is about to fetch. Each is ended there.
 */
const STARTS = {
  'actions/cache': {
    main: 'dist/restore/index.js',
    inputs: { KEY: 'key', PATH: 'dist' },
    line: /^\[warning\]/,
  },
  'actions/upload-artifact': {
    main: 'dist/upload/index.js',
    inputs: { NAME: 'site', PATH: 'dist/index.html', 'IF-NO-FILES-FOUND': 'warn' },
    line: /^With the provided path, there will be 1 file uploaded$/,
  },
  'actions/checkout': {
    main: 'dist/index.js',
    inputs: { REPOSITORY: 'octo-org/octo-repo', TOKEN: 'ghs_0123456789abcdef0123456789abcdef' },
    line: /^Syncing repository: octo-org\/octo-repo$/,
  },
} as const;

/** Every pinned action, fetched beside the peers of the other benches; `folder` is where their steps run. */
export function installPublished(folder: string, say: (text: string) => void): Published[] {
  const pins: Pin[] = JSON.parse(readFileSync(join(PEERS, 'actions.json'), 'utf8'));
  const workspace = join(folder, 'workspace');
  mkdirSync(join(workspace, 'dist'), { recursive: true });
  writeFileSync(join(workspace, 'dist/index.html'), '<!doctype html>\n');
  const event = join(folder, 'event.json');
  writeFileSync(event, '{}');
  return pins.map(({ name, version, commit }) => {
    const title = `${name} ${version}`;
    const checkout = join(PEERS, name);
    if (!fetchAt(checkout, `https://github.com/${name}`, commit, say)) return { title, program: undefined };
    const { main, inputs, line } = STARTS[name];
    const given = Object.entries(inputs).map(([input, value]) => [`INPUT_${input}`, value]);
    const env = { ...runnerOf(folder, workspace, event), ...Object.fromEntries(given) };
    return { title, program: { args: [join(checkout, main)], env, cwd: workspace, line } };
  });
}

/** The commit's id vouches for every byte: git checks it when it fetches, and `reset` when something was changed since. */
function fetchAt(checkout: string, url: string, commit: string, say: (text: string) => void): boolean {
  // Named outright: whatever the environment says of another repository, such as ours, is none of this one's business.
  const own = { GIT_DIR: join(checkout, '.git'), GIT_WORK_TREE: checkout, GIT_INDEX_FILE: undefined };
  const env = { ...process.env, ...own, GIT_TERMINAL_PROMPT: '0' };
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: checkout,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: FETCH_LIMIT_MS,
      env,
    });
  try {
    mkdirSync(checkout, { recursive: true });
    git('init', '--quiet');
    // What the runner starts; sources are nobody's here, least of all the compiler's.
    git('sparse-checkout', 'set', '--no-cone', '/dist/', '/package.json');
    try {
      git('cat-file', '-e', `${commit}^{commit}`);
    } catch {
      say(`fetching ${url} at ${commit}`);
      git('fetch', '--quiet', '--depth=1', url, commit);
    }
    git('reset', '--quiet', '--hard', commit);
    return true;
  } catch (error) {
    say(`${url} is left out: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    rmSync(checkout, { recursive: true, force: true });
    return false;
  }
}

/** What the runner sets; nobody listens at any of these addresses, and nobody is asked before the first line. */
const runnerOf = (folder: string, workspace: string, event: string): Record<string, string> => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_EVENT_PATH: event,
  GITHUB_WORKSPACE: workspace,
  GITHUB_REPOSITORY: 'octo-org/octo-repo',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_SERVER_URL: 'http://127.0.0.1:9',
  GITHUB_API_URL: 'http://127.0.0.1:9',
  RUNNER_TEMP: folder,
});
