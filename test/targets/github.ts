import { buffer } from 'node:stream/consumers';
import { type ApiAnswer, createGitHubApi, type GitHubApi, type Grants, issueToken } from './github-api.ts';
import { claimsOf, createOidc, type Oidc, runtimeToken } from './github-oidc.ts';
import { createGitHubResults, type GitHubResults } from './github-results.ts';
import { startServer, type Target } from './server.ts';

/**
 * GitHub at the wire, on one loopback port: the REST API under `/api`, the runner's results service (artifacts, cache) under
 * `/twirp` and `/blob`, the identity provider under `/oidc`. git over http is `git-http.ts`, sigstore is `sigstore.ts`.
 *
 *   await using hub = await serveGitHub();
 *   const token = hub.token({ checks: 'write' });            // what `${{ github.token }}` is
 *   await using run = await runAction({ mode, … }, { token, env: hub.environment() });
 *   expect(hub.api.checkRuns[0]?.fields).toMatchObject({ conclusion: 'success' });
 *
 * `hub.api.fault` and `hub.results.fault` make any request fail.
 */
export interface GitHub extends Target {
  readonly api: GitHubApi;
  readonly results: GitHubResults;
  readonly oidc: Oidc;
  token(grants: Grants): string;
  /** What the runner sets for a step of a run here; with `idToken` also what `id-token: write` adds. */
  environment(options?: {
    readonly idToken?: boolean;
    readonly run?: string;
    readonly job?: string;
  }): Record<string, string>;
}

export const REPOSITORY = 'octo-org/octo-repo';
export const SHA = '0123456789abcdef0123456789abcdef01234567';
export const WORKFLOW = '.github/workflows/prove.yml';

export async function serveGitHub(repository = REPOSITORY): Promise<GitHub> {
  let origin = '';
  const api = createGitHubApi(repository, () => `${origin}/api`);
  const results = createGitHubResults();
  const oidc = createOidc(claimsOf({ repository, workflow: WORKFLOW, ref: 'refs/heads/main', sha: SHA }));
  const server = await startServer(async (request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const token = /^(?:Bearer|token) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const say = ({ status, body, headers }: ApiAnswer) =>
      void response
        .writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
        .end(body === undefined ? undefined : JSON.stringify(body));
    if (await results.handle(request, response, origin)) return;
    if (url.pathname === '/oidc') {
      if (token !== ID_TOKEN_REQUEST) return say({ status: 401, body: { message: 'Unauthorized' } });
      return say({ status: 200, body: { value: oidc.token(url.searchParams.get('audience') ?? 'none') } });
    }
    const text = (await buffer(request)).toString();
    const asked = {
      method: request.method ?? '',
      path: url.pathname.replace(/^\/api/, ''),
      query: url.searchParams,
      token,
      body: text === '' ? {} : JSON.parse(text),
    };
    api.requests.push(asked);
    const fault = api.fault(asked);
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault && 'late' in fault) {
      api.answer(asked);
      return say(fault.late);
    }
    say(fault ?? api.answer(asked));
  });
  origin = server.url;
  return {
    ...server,
    api,
    results,
    oidc,
    token: (grants) => issueToken(api, grants),
    environment: ({ idToken = false, run = 'run-backend-1', job = 'job-backend-1' } = {}) => ({
      GITHUB_API_URL: `${origin}/api`,
      GITHUB_REPOSITORY: repository,
      GITHUB_WORKFLOW_REF: `${repository}/${WORKFLOW}@refs/heads/main`,
      ACTIONS_RUNTIME_TOKEN: runtimeToken(run, job),
      ACTIONS_RESULTS_URL: `${origin}/`,
      ACTIONS_CACHE_SERVICE_V2: 'True',
      ...(idToken
        ? {
            ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/oidc?api-version=2.0`,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: ID_TOKEN_REQUEST,
          }
        : {}),
    }),
  };
}

const ID_TOKEN_REQUEST = 'id-token-request-of-this-job';
