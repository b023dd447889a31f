import { randomUUID } from 'node:crypto';
import { checkRunProblem, shownCheckRun } from './github-check-runs.ts';
import { type BranchFiles, contentsAnswer, lookUp } from './github-contents.ts';

/** One request to the API, its body read. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string;
  readonly body: Fields;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a test makes of a request instead of the true answer; `late` does the work and then fails. */
export type ApiFault = ApiAnswer | 'hang' | 'reset' | { readonly late: ApiAnswer } | undefined;

export type Fields = Readonly<Record<string, unknown>>;
export type Permission = 'checks' | 'attestations' | 'deployments' | 'contents' | 'actions' | 'statuses';
export type Grants = Readonly<Partial<Record<Permission, 'read' | 'write'>>>;

export interface StoredCheckRun {
  readonly id: number;
  readonly fields: Record<string, unknown>;
  readonly annotations: Fields[];
  /** Which requests changed it, oldest first. */
  readonly changes: Fields[];
}

/**
 * The part of GitHub's REST API that ship-proof and its workflows speak to, for one repository, in memory: check runs,
 * attestations, deployments with their statuses. Answers, limits and refusals are those of the API's documentation.
 */
export interface GitHubApi {
  readonly repository: string;
  /** What each token may do; an unknown one gets 401. Changed by tests at any time. */
  readonly tokens: Map<string, Grants>;
  readonly checkRuns: StoredCheckRun[];
  readonly attestations: { readonly id: number; readonly bundle: Fields; readonly digest: string }[];
  readonly deployments: { readonly id: number; readonly fields: Fields; readonly statuses: Fields[] }[];
  /** What stands on the default branch. */
  readonly files: BranchFiles;
  /** What is at one of its paths: a file's bytes, a folder's names, or nothing. By default it is looked up in `files`. */
  contents: (path: string) => Uint8Array | readonly string[] | undefined;
  /** Every request that arrived, refused ones too. */
  readonly requests: ApiRequest[];
  /** Asked before each request is answered. */
  fault: (request: ApiRequest) => ApiFault;
  answer(request: ApiRequest): ApiAnswer;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly needs: readonly [Permission, 'read' | 'write'];
  readonly answer: (request: ApiRequest, id: string) => ApiAnswer;
}

export function createGitHubApi(repository: string, origin: () => string): GitHubApi {
  const api: GitHubApi = {
    repository,
    tokens: new Map(),
    checkRuns: [],
    attestations: [],
    deployments: [],
    files: new Map([['README.md', '# octo-repo\n']]),
    contents: (path) => lookUp(api.files, path),
    requests: [],
    fault: () => undefined,
    answer: (request) => {
      const grants = api.tokens.get(request.token);
      if (!grants) return { status: 401, body: { message: 'Bad credentials', status: '401' } };
      const prefix = `/repos/${repository}`;
      if (!request.path.startsWith(`${prefix}/`)) return NOT_FOUND;
      const path = request.path.slice(prefix.length);
      const routes = ROUTES.flatMap((route) => {
        const found = route.method === request.method ? route.path.exec(path) : null;
        return found ? [{ ...route, id: decodeURIComponent(found[1] ?? '') }] : [];
      });
      const [route] = routes;
      if (!route) return NOT_FOUND;
      const [permission, level] = route.needs;
      const granted = grants[permission];
      if (granted !== 'write' && granted !== level)
        // What a token may not read of a private repository is not there for it.
        return permission === 'contents' && level === 'read' ? NOT_FOUND : FORBIDDEN;
      return route.answer(request, route.id);
    },
  };

  const ROUTES: readonly Route[] = [
    ...checkRunRoutes(api, origin),
    {
      method: 'GET',
      path: /^\/contents\/(.*)$/,
      needs: ['contents', 'read'],
      answer: (_, path) => {
        const found = api.contents(path);
        return found === undefined ? NOT_FOUND : contentsAnswer(path, found);
      },
    },
    {
      method: 'POST',
      path: /^\/attestations$/,
      needs: ['attestations', 'write'],
      answer: ({ body }) => {
        const bundle = body.bundle as Fields;
        const digest = subjectOf(bundle);
        if (digest === undefined)
          return unprocessable('bundle is no sigstore bundle of an in-toto statement');
        const id = api.attestations.length + 1;
        api.attestations.push({ id, bundle, digest });
        return { status: 201, body: { id } };
      },
    },
    {
      method: 'GET',
      path: /^\/attestations\/([^/]+)$/,
      needs: ['attestations', 'read'],
      answer: ({ query }, digest) => {
        const type = query.get('predicate_type');
        const found = api.attestations.filter(
          (item) =>
            item.digest === digest && (type === null || statementOf(item.bundle).predicateType === type),
        );
        if (found.length === 0) return NOT_FOUND;
        return {
          status: 200,
          body: { attestations: found.map(({ bundle }) => ({ bundle, repository_id: 1 })) },
        };
      },
    },
    {
      method: 'POST',
      path: /^\/deployments$/,
      needs: ['deployments', 'write'],
      answer: ({ body }) => {
        const id = api.deployments.length + 1;
        const deployment = {
          id,
          fields: { sha: body.ref, environment: 'production', ...body, id },
          statuses: [],
        };
        api.deployments.push(deployment);
        return { status: 201, body: deployment.fields };
      },
    },
    {
      method: 'GET',
      path: /^\/deployments$/,
      needs: ['deployments', 'read'],
      answer: () => ({ status: 200, body: api.deployments.map(({ fields }) => fields).reverse() }),
    },
    {
      method: 'POST',
      path: /^\/deployments\/(\d+)\/statuses$/,
      needs: ['deployments', 'write'],
      answer: ({ body }, id) => {
        const deployment = api.deployments.find((item) => String(item.id) === id);
        if (!deployment) return NOT_FOUND;
        const status = { ...body, id: deployment.statuses.length + 1 };
        deployment.statuses.push(status);
        return { status: 201, body: status };
      },
    },
    {
      method: 'GET',
      path: /^\/deployments\/(\d+)\/statuses$/,
      needs: ['deployments', 'read'],
      answer: (_, id) => {
        const deployment = api.deployments.find((item) => String(item.id) === id);
        return deployment ? { status: 200, body: [...deployment.statuses].reverse() } : NOT_FOUND;
      },
    },
  ];
  return api;
}

function checkRunRoutes(api: GitHubApi, origin: () => string): Route[] {
  const shown = (run: StoredCheckRun) => shownCheckRun(run, api.repository, origin());
  const find = (id: string) => api.checkRuns.find((run) => String(run.id) === id);
  const change = (run: StoredCheckRun, body: Fields): void => {
    const { output, ...fields } = body;
    const { annotations = [], ...texts } = (output ?? {}) as { annotations?: Fields[] };
    Object.assign(run.fields, fields, output === undefined ? {} : { output: texts });
    if (fields.conclusion !== undefined) run.fields.status = 'completed';
    // Later ones are added to those that are there.
    run.annotations.push(...annotations);
    run.changes.push(body);
  };
  return [
    {
      method: 'POST',
      path: /^\/check-runs$/,
      needs: ['checks', 'write'],
      answer: ({ body }) => {
        const problem = checkRunProblem(body, 'create');
        if (problem !== undefined) return unprocessable(problem);
        const id = 1000 + api.checkRuns.length;
        const run: StoredCheckRun = { id, fields: { status: 'queued' }, annotations: [], changes: [] };
        change(run, body);
        api.checkRuns.push(run);
        return { status: 201, body: shown(run) };
      },
    },
    {
      method: 'PATCH',
      path: /^\/check-runs\/(\d+)$/,
      needs: ['checks', 'write'],
      answer: ({ body }, id) => {
        const run = find(id);
        if (!run) return NOT_FOUND;
        const problem = checkRunProblem(body, 'update');
        if (problem !== undefined) return unprocessable(problem);
        change(run, body);
        return { status: 200, body: shown(run) };
      },
    },
    {
      method: 'GET',
      path: /^\/check-runs\/(\d+)$/,
      needs: ['checks', 'read'],
      answer: (_, id) => {
        const run = find(id);
        return run ? { status: 200, body: shown(run) } : NOT_FOUND;
      },
    },
    {
      method: 'GET',
      path: /^\/commits\/([^/]+)\/check-runs$/,
      needs: ['checks', 'read'],
      answer: ({ query }, sha) => {
        const name = query.get('check_name');
        const runs = api.checkRuns
          .filter(({ fields }) => fields.head_sha === sha && (name === null || fields.name === name))
          .reverse();
        // Without `filter=all`, the newest of each name.
        const latest = runs.filter(
          (run, index) => runs.findIndex(({ fields }) => fields.name === run.fields.name) === index,
        );
        const listed = query.get('filter') === 'all' ? runs : latest;
        return { status: 200, body: { total_count: listed.length, check_runs: listed.map(shown) } };
      },
    },
  ];
}

const statementOf = (
  bundle: Fields,
): { subject?: { digest?: { sha256?: string } }[]; predicateType?: string } => {
  const { payload } = (bundle?.dsseEnvelope ?? {}) as { payload?: string };
  return payload === undefined ? {} : JSON.parse(Buffer.from(payload, 'base64').toString());
};

function subjectOf(bundle: Fields): string | undefined {
  const sha256 = statementOf(bundle).subject?.[0]?.digest?.sha256;
  return sha256 && `sha256:${sha256}`;
}

export const NOT_FOUND: ApiAnswer = { status: 404, body: { message: 'Not Found', status: '404' } };
export const FORBIDDEN: ApiAnswer = {
  status: 403,
  body: { message: 'Resource not accessible by integration', status: '403' },
};
export const unprocessable = (message: string): ApiAnswer => ({
  status: 422,
  body: { message: `Invalid request.\n\n${message}`, status: '422' },
});

/** A token as the platform makes them; what it may do is said by `grants`. */
export function issueToken(api: GitHubApi, grants: Grants): string {
  const token = `ghs_${randomUUID().replaceAll('-', '')}`;
  api.tokens.set(token, grants);
  return token;
}
