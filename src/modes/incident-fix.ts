import { reachOf } from '../ports/address.ts';
import { faultOf } from '../ports/fault.ts';
import { createGitHub } from '../ports/github.ts';
import { placeFromEnvironment } from '../ports/github-place.ts';
import { invalid } from '../proof/errors.ts';
import type { Check } from '../proof/schema.ts';
import { MAX_FIX_CHARACTERS } from '../runner/entries.ts';
import { type FixLink, parseFix } from '../runner/incident-link.ts';
import type { Ports } from './mode.ts';

export interface CheckedFix {
  readonly check: Check;
  /** As the ledger names it: a whole commit id, or a URL. */
  readonly link: string;
}

const LIMIT_MS = 20_000;

type Finding = Pick<Check, 'status' | 'observed' | 'detail'> & { readonly link?: string };

/**
 * Looks whether a fix exists: a commit in the folder's repository or the run's, a page by the API where the token is for its
 * repository, else as anybody sees it. Who can't be asked proves nothing. Throws `fix-invalid`.
 */
export async function checkFix(text: string, token: string | undefined, ports: Ports): Promise<CheckedFix> {
  const link = parseFix(text);
  if (!link) {
    throw invalid(
      'fix-invalid',
      `input \`fix\` is ${JSON.stringify(text.slice(0, 120))}; allowed: a commit id, #12, or the https URL of a commit (/owner/name/commit/…), a pull request (…/pull/…) or a run (…/actions/runs/…) of at most ${MAX_FIX_CHARACTERS} characters`,
    );
  }
  const { link: found, ...finding } = await look(link, token, ports);
  return {
    check: {
      id: 'fix',
      title: 'the fix exists',
      expected: 'a commit, pull request or run that is there',
      ...finding,
    },
    link: found ?? text,
  };
}

async function look(link: FixLink, token: string | undefined, ports: Ports): Promise<Finding> {
  const server = ports.env.GITHUB_SERVER_URL || 'https://github.com';
  const own = ports.env.GITHUB_REPOSITORY;
  if (link.kind === 'commit') return lookForCommit(link.sha, token, ports);
  if (link.kind === 'page') return lookForPage(link, token, ports);
  const page = own === undefined ? undefined : parseFix(`${server}/${own}/pull/${link.number}`);
  if (page?.kind === 'page') return lookForPage(page, token, ports);
  return untestable(`of which repository #${link.number} is, is not known here: give its URL`);
}

const untestable = (observed: string): Finding => ({ status: 'untestable', observed });

async function lookForCommit(sha: string, token: string | undefined, ports: Ports): Promise<Finding> {
  const git = (...args: string[]) =>
    ports.exec.run({
      file: 'git',
      args,
      cwd: ports.cwd,
      env: gitEnvironment(ports.env),
      timeoutMs: LIMIT_MS,
      signal: ports.signal,
    });
  const local = await git('rev-parse', '--verify', '--quiet', `${sha}^{commit}`);
  const whole = local.stdout.toString().trim();
  if (local.code === 0)
    return { status: 'pass', observed: `commit ${whole} is in the repository`, link: whole };
  const place = placeFromEnvironment(ports.env, token);
  if (typeof place !== 'string') return ask(`/commits/${sha}`, 'contents: read', sha, place, ports);
  const shallow = await git('rev-parse', '--is-shallow-repository');
  if (shallow.code !== 0)
    return untestable('there is no repository here to look into, and no token to ask one');
  return shallow.stdout.toString().trim() === 'true'
    ? untestable('this clone is shallow and does not have it: fetch it, or give a token')
    : { status: 'fail', observed: 'this clone has no such commit', detail: 'Fetch it first if it is newer.' };
}

async function lookForPage(
  link: Extract<FixLink, { kind: 'page' }>,
  token: string | undefined,
  ports: Ports,
): Promise<Finding> {
  const { origin, repository, page, api, needs } = link;
  const url = `${origin}/${repository}${page}`;
  const place = placeFromEnvironment(ports.env, token);
  const server = URL.parse(ports.env.GITHUB_SERVER_URL || 'https://github.com')?.origin;
  // The token is for the run's own repository, and shown to no other.
  if (typeof place !== 'string' && origin === server && repository === place.repository)
    return ask(api, needs, url, place, ports);
  const status = await statusOf(new URL(url), ports);
  if (typeof status === 'string') return untestable(status);
  if (status >= 200 && status < 300) return { status: 'pass', observed: `${url} is there`, link: url };
  return untestable(
    status === 404 || status === 410
      ? `${url} is not there, or not for everybody (${status}): look at the address, or give a token for it`
      : `${url} answered ${status}`,
  );
}

/** The API knows: it says what is there and what is not. */
async function ask(
  path: string,
  needs: string,
  link: string,
  place: Exclude<ReturnType<typeof placeFromEnvironment>, string>,
  ports: Ports,
): Promise<Finding> {
  const deadline = ports.clock.monotonic() + LIMIT_MS;
  const reply = await createGitHub(place, ports).request(
    { method: 'GET', path, needs, repeatable: true },
    deadline,
  );
  if (reply.ok) return { status: 'pass', observed: `${place.repository} has it`, link };
  const { status, text } = reply.problem;
  return status === 404 || status === 422
    ? { status: 'fail', observed: `${place.repository} shows no such thing`, detail: text }
    : untestable(text);
}

/** The status of a page as anybody sees it, or in words why there is none. */
async function statusOf(url: URL, ports: Ports): Promise<number | string> {
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(LIMIT_MS)]);
  try {
    const addresses = await ports.http.resolve(url.hostname, signal);
    const address = addresses.find((one) => reachOf(one.address) !== 'never');
    if (!address) return `${url.host} is at no address that may be asked`;
    const headers = { 'user-agent': ports.userAgent, accept: '*/*' };
    const answer = await ports.http.request({ method: 'GET', url, headers, address, signal });
    answer.close();
    return answer.status;
  } catch (error) {
    if (ports.signal.aborted) throw error;
    const fault = faultOf(error);
    if (!fault) throw error;
    return `${url.host}: ${fault.explanation} (${fault.code})`;
  }
}

/** git looks at what it has, fetches nothing, and sees no credentials. */
function gitEnvironment(env: Ports['env']): Record<string, string> {
  const names = ['PATH', 'HOME', 'USERPROFILE', 'SYSTEMROOT'];
  const kept = Object.entries(env).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && names.includes(pair[0].toUpperCase()),
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0' };
}
