import { type Event, push } from '../actions-runner/events.ts';
import { type Files, makeRepository, type Repository } from '../actions-runner/repository.ts';
import { type RunOptions, runWorkflow, type WorkflowRun } from '../actions-runner/run-workflow.ts';
import { type Services, startServices } from '../actions-runner/services.ts';
import { type Platform, startPlatform } from '../targets/platform-command.ts';

/** A repository whose workflows deploy to a platform. */
export interface Place extends AsyncDisposable {
  readonly repository: Repository;
  readonly services: Services;
  readonly platform: Platform;
  run(workflow: string, options?: Partial<RunOptions>): Promise<WorkflowRun>;
  /** The ledger's history, oldest first: the subjects of its commits. */
  ledger(): string[];
}

export const PAGE = '<!doctype html><head></head><body><h1>Hello</h1></body>\n';

export async function makePlace(files: Files = {}): Promise<Place> {
  const repository = makeRepository({ 'page.html': PAGE, ...files });
  const services = await startServices(repository);
  const platform = await startPlatform();
  return {
    repository,
    services,
    platform,
    run: (workflow, options = {}) =>
      runWorkflow({
        services,
        event: push(repository),
        workflow,
        secondMs: 500,
        commands: [platform.bin],
        ...options,
      }),
    ledger: () => {
      try {
        return repository.git('log', '--reverse', '--format=%s', 'refs/ship-proof/default').split('\n');
      } catch {
        return [];
      }
    },
    [Symbol.asyncDispose]: async () => {
      await services[Symbol.asyncDispose]();
      await platform[Symbol.asyncDispose]();
      repository[Symbol.dispose]();
    },
  };
}

/** Permissions that deploy.yml asks for. */
export const DEPLOY_PERMISSIONS = {
  contents: 'write',
  actions: 'read',
  checks: 'write',
  deployments: 'write',
} as const;

/** A caller of deploy.yml; `given` are lines of `with`, `secrets` a YAML map in flow form. */
export const deployCaller = (
  { platform }: Pick<Place, 'platform'>,
  given: Readonly<Record<string, string | boolean | number>> = {},
  permissions: Readonly<Record<string, string>> = DEPLOY_PERMISSIONS,
): string => `
on: { push: , pull_request: , workflow_dispatch: , schedule: [{ cron: '0 4 * * *' }] }
permissions: {}
jobs:
  deploy:
    permissions: ${JSON.stringify(permissions)}
    uses: org/ship-proof/.github/workflows/deploy.yml@v1
    with: ${JSON.stringify({
      build: 'echo "$BUILD_SECRET" | wc -c; mkdir dist; cp page.html dist/index.html',
      dir: 'dist',
      publish: 'id=$(platform publish dist); echo "artifact-id=$id" >>"$SHIP_PROOF_OUTPUT"',
      promote: 'platform promote "$SHIP_PROOF_ARTIFACT_ID"',
      url: `${platform.url}/`,
      skip: 'idempotency-check: static site\nsmoke: static site',
      within: '10s',
      ...given,
    })}
    secrets: { variables: 'PLATFORM_TOKEN=hunter22', build-variables: 'BUILD_SECRET=npm-secret' }
`;

/** What the workflow calls the build of an event's commit. */
export const buildOf = ({ repository }: Pick<Place, 'repository'>, { sha }: Event): string =>
  `build-${repository.git('show', '--no-patch', '--format=%ct', sha)}-${sha.slice(0, 12)}`;
