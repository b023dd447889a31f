import type { Event } from './events.ts';
import type { Services } from './services.ts';

/** One run of a workflow: what is the same for all of its jobs. */
export interface Run {
  readonly services: Services;
  readonly event: Event;
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
  readonly actor: string;
  readonly triggeringActor: string;
  /** Of the workflow that was started, which is the caller's also in a called one. */
  readonly workflow: { readonly name: string; readonly path: string };
}

/** Where the workflow that a job stands in comes from: the caller's repository, or the action's. */
export interface Source {
  readonly repository: string;
  readonly path: string;
  readonly sha: string;
  readonly isAction: boolean;
}

/** The `github` context of a job. */
export function githubContext(run: Run, job: string, token: string): Record<string, unknown> {
  const { event, services } = run;
  const refName = event.ref.replace(/^refs\/(heads|tags|pull)\//, '');
  return {
    token,
    job,
    ref: event.ref,
    ref_name: refName,
    ref_type: event.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: event.ref === 'refs/heads/main',
    sha: event.sha,
    head_ref: event.headRef ?? '',
    base_ref: event.baseRef ?? '',
    repository: services.repository.slug,
    repository_owner: services.repository.slug.split('/')[0],
    repository_visibility: 'private',
    repositoryUrl: `git://github.com/${services.repository.slug}.git`,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    retention_days: '90',
    secret_source: event.fromFork ? 'None' : 'Actions',
    actor: run.actor,
    actor_id: '1',
    triggering_actor: run.triggeringActor,
    event_name: event.name,
    event: event.payload,
    server_url: services.serverUrl,
    api_url: `${services.hub.url}/api`,
    graphql_url: `${services.hub.url}/api/graphql`,
    workflow: run.workflow.name,
    workflow_ref: `${services.repository.slug}/${run.workflow.path}@${event.ref}`,
    workflow_sha: event.sha,
  };
}

/** The texts of the `github` context, as every step finds them in its environment. The token is none of them. */
export function githubVariables(context: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(context)
      .filter(([name, value]) => typeof value !== 'object' && !['token', 'repositoryUrl'].includes(name))
      .map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, String(value)]),
  );
}

/** The `runner` context. */
export const runnerContext = (temp: string, toolCache: string) => ({
  os: { darwin: 'macOS', win32: 'Windows' }[process.platform as string] ?? 'Linux',
  arch: { arm64: 'ARM64', ia32: 'X86' }[process.arch as string] ?? 'X64',
  name: 'harness',
  environment: 'github-hosted',
  debug: '',
  temp,
  tool_cache: toolCache,
});

/** What `id-token: write` lets the identity provider say of the job. */
export function idTokenClaims(run: Run, source: Source): Record<string, string> {
  const { event, services } = run;
  const { slug } = services.repository;
  return {
    sub: `repo:${slug}:${event.name === 'pull_request' ? 'pull_request' : `ref:${event.ref}`}`,
    repository: slug,
    ref: event.ref,
    sha: event.sha,
    event_name: event.name,
    run_id: String(run.id),
    run_attempt: String(run.attempt),
    workflow_ref: `${slug}/${run.workflow.path}@${event.ref}`,
    workflow_sha: event.sha,
    job_workflow_ref: `${source.repository}/${source.path}@${source.sha}`,
    job_workflow_sha: source.sha,
  };
}
