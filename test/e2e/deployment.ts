import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { origin, type Site } from '../targets/origin.ts';
import { startServer, type Target } from '../targets/server.ts';
import { type Front, type Inputs, NEW, type Proved, prove } from './prove.ts';

export type Event = 'smoke' | 'write';

export interface DeploymentOptions {
  /** Adds a note however often the same key comes. */
  readonly careless?: boolean;
  /** Is told of the first request to the smoked application, and of the first write. */
  readonly on?: (event: Event, deployment: Deployment) => void;
  /** The names of the checks; default `home`. */
  readonly checks?: readonly string[];
  /** What the smoked application says. */
  readonly page?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The build that the smoked application is stamped with. */
  readonly appBuild?: string;
}

/** A deployed product on loopback: a site, an application behind it, an API that is written to; each its own server. */
export interface Deployment extends AsyncDisposable {
  readonly site: Site;
  readonly app: Target;
  readonly api: Target;
  /** A folder with a config that has all three parts. */
  readonly cwd: string;
  /** `prove` of the new build, by this config; without a ledger unless one is given. */
  prove(front: Front, inputs?: Inputs): Promise<Proved>;
}

export async function deployment(options: DeploymentOptions = {}): Promise<Deployment> {
  const stack = new AsyncDisposableStack();
  const told = new Set<Event>();
  const tell = (event: Event): void => {
    if (told.has(event)) return;
    told.add(event);
    options.on?.(event, made);
  };
  const site = stack.use(await origin());
  site.deploy(NEW);
  const app = stack.use(
    await startServer((_request, response) => {
      tell('smoke');
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...options.headers });
      const stamp = `<meta name="x-build-id" content="${options.appBuild ?? NEW}">`;
      response.end(
        `<!doctype html><html><head>${stamp}</head><body>${options.page ?? 'Welcome'}</body></html>`,
      );
    }),
  );
  const api = stack.use(await notesApi(options.careless ?? false, () => tell('write')));
  const cwd = await mkdtemp(join(tmpdir(), 'ship-proof-deployment-'));
  stack.defer(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(
    join(cwd, 'ship-proof.yml'),
    configOf(site.url, app.url, api.url, options.checks ?? ['home']),
  );
  const made: Deployment = {
    site,
    app,
    api,
    cwd,
    prove: (front, inputs = {}) =>
      prove(front, 'prove', { 'build-id': NEW, ledger: 'off', ...inputs }, { cwd }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return made;
}

/** All requests that any of the servers got. */
export const requestsOf = ({ site, app, api }: Deployment): number =>
  site.requests.length + app.requests.length + api.requests.length;

const configOf = (site: string, app: string, api: string, checks: readonly string[]): string => `version: 1
live:
  url: ${site}/
  within: 30s
smoke:
  base-url: ${app}
  checks:
${checks.map((name) => `    - name: ${name}\n      get: /\n      expect: { contains: Welcome }`).join('\n')}
idempotency:
  allow-writes-to: ${api}
  settle: 50ms
  base-url: ${api}
  writes:
    - name: note
      write: { post: /notes, headers: { idempotency-key: "{{key}}" }, json: { note: "{{nonce}}" } }
      observe: { get: /notes, count: "$[*]" }
`;

/** Adds a note once for each key, and refuses another note under the same key; unless it is careless. */
async function notesApi(careless: boolean, onWrite: () => void): Promise<Target> {
  const notes: string[] = [];
  const known = new Map<string, string>();
  return startServer(async (request, response) => {
    const answer = (status: number, value: unknown) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (request.method === 'GET') return answer(200, notes);
    onWrite();
    const body = await text(request);
    const key = String(request.headers['idempotency-key']);
    const before = careless ? undefined : known.get(key);
    if (before !== undefined) return answer(before === body ? 201 : 422, {});
    known.set(key, body);
    notes.push(body);
    answer(201, {});
  });
}

/** The lines that say whether something is deployed. */
export const verdicts = ({ stdout }: { readonly stdout: string }): string[] =>
  stdout.split('\n').filter((line) => /^(NOT )?DEPLOYED/.test(line));

export const lastLine = ({ stdout }: { readonly stdout: string }): string =>
  stdout.trimEnd().split('\n').at(-1) ?? '';
