import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pageOf } from './origin.ts';
import { freePort, onFreePort } from './ports.ts';
import { pathOf } from './requirements.ts';

export interface VarnishOptions {
  /** How long varnish keeps a copy; a VCL duration needs not be whole seconds. */
  readonly ttlSeconds: number;
  /** How long it serves a stale copy after that while it fetches; default 0. */
  readonly graceSeconds?: number;
  /** Sent by nginx, seen by visitors; default `public, max-age=<ttl>`. */
  readonly cacheControl?: string;
  /**
   * Give every deploy's files the same time. nginx's ETag is made of time and size, so builds with ids of one length
   * then share it, varnish revalidates its stale copy with a 304, and the old build is served for ever (seen so).
   */
  readonly frozenMtime?: boolean;
}

export interface NginxBehindVarnish extends AsyncDisposable {
  /** Of varnish: what the public sees. */
  readonly url: string;
  /** Of nginx. */
  readonly originUrl: string;
  /** Swaps `/`, `/build-id.txt` and `/version.json` on nginx's disk. */
  deploy(buildId: string): Promise<void>;
  /** PURGE of one path; resolves when varnish has said yes. */
  purge(path?: string): Promise<void>;
}

/** A real nginx behind a real varnish, each from a configuration of its own in a temporary folder. About 0.4 s to start. */
export const nginxBehindVarnish = (options: VarnishOptions): Promise<NginxBehindVarnish> =>
  onFreePort(async (port) => startAt(await freePort(), port, options));

async function startAt(
  originPort: number,
  port: number,
  options: VarnishOptions,
): Promise<NginxBehindVarnish | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-varnish-'));
  const root = join(folder, 'www');
  await mkdir(root);
  // Only our servers know this path: a port that was free a moment ago may be somebody else's by now.
  const ready = `${randomUUID()}.txt`;
  const children: ChildProcess[] = [];
  // A second apart, because nginx's ETag sees nothing finer and tests deploy faster than people.
  const firstDeploy = Math.floor(Date.now() / 1000) - 3600;
  let deploys = 0;
  const deploy = async (buildId: string): Promise<void> => {
    if (!options.frozenMtime) deploys += 1;
    await deployTo(root, buildId, firstDeploy + deploys);
  };
  const dispose = async (): Promise<void> => {
    await Promise.all(children.map(stop));
    await rm(folder, { recursive: true, force: true });
  };
  const start = async (name: string, args: readonly string[], port: number): Promise<void> => {
    const child = spawn(pathOf(name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk));
    await untilReady(`http://127.0.0.1:${port}/${ready}`, child, () => `${name} did not start: ${output}`);
  };

  try {
    await writeFile(join(root, ready), '');
    await deploy('build-0');
    const cacheControl = options.cacheControl ?? `public, max-age=${Math.ceil(options.ttlSeconds)}`;
    await writeFile(join(folder, 'nginx.conf'), nginxConfig(folder, root, originPort, cacheControl));
    await start('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], originPort);
    await writeFile(join(folder, 'cache.vcl'), vcl(originPort, options));
    const work = join(folder, 'varnish');
    const listenAt = ['-a', `127.0.0.1:${port}`, '-f', join(folder, 'cache.vcl'), '-n', work];
    // No jail: as root it would change to a user who cannot read the temporary folder. No log in shared memory's size.
    await start('varnishd', ['-F', '-j', 'none', '-s', 'malloc,8m', '-p', 'vsl_space=1m', ...listenAt], port);
    const url = `http://127.0.0.1:${port}`;
    return {
      url,
      originUrl: `http://127.0.0.1:${originPort}`,
      deploy,
      purge: async (path = '/') => {
        const status = await send('PURGE', url + path);
        if (status !== 200) throw new Error(`varnish answered PURGE with ${status}`);
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    if (String(error).includes('already in use')) return undefined;
    throw error;
  }
}

/** What was installed, for the log of a test run. */
export async function serverVersions(): Promise<string> {
  const run = promisify(execFile);
  const [nginx, varnish] = await Promise.all([run(pathOf('nginx'), ['-v']), run(pathOf('varnishd'), ['-V'])]);
  return `${nginx.stderr.trim()}; ${varnish.stderr.split('\n')[0]}`;
}

// Each file appears whole (rename); the three one after the other, as a real copy to a web root does.
async function deployTo(root: string, buildId: string, mtimeSeconds: number): Promise<void> {
  const files = {
    'index.html': pageOf(buildId),
    'build-id.txt': `${buildId}\n`,
    'version.json': `{"build":{"id":"${buildId}"}}`,
  };
  for (const [name, body] of Object.entries(files)) {
    await writeFile(join(root, `.${name}`), body);
    await utimes(join(root, `.${name}`), mtimeSeconds, mtimeSeconds);
    await rename(join(root, `.${name}`), join(root, name));
  }
}

function nginxConfig(folder: string, root: string, port: number, cacheControl: string): string {
  // As root its worker would become nobody, who may not enter the temporary folder.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `${user}
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections 64; }
http {
  ${temporary.join(' ')}
  access_log off;
  types { text/html html; text/plain txt; application/json json; }
  gzip on; gzip_vary on; gzip_min_length 1; gzip_types text/plain application/json;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    add_header Cache-Control "${cacheControl}";
  }
}
`;
}

function vcl(originPort: number, { ttlSeconds, graceSeconds = 0 }: VarnishOptions): string {
  return `vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "${originPort}"; }
sub vcl_recv { if (req.method == "PURGE") { return (purge); } }
sub vcl_backend_response { set beresp.ttl = ${ttlSeconds}s; set beresp.grace = ${graceSeconds}s; set beresp.keep = 0s; }
sub vcl_deliver { if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; } else { set resp.http.X-Cache = "MISS"; } }
`;
}

async function untilReady(url: string, child: ChildProcess, explain: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(explain());
    if ((await send('GET', url).catch(() => 0)) === 200) return;
    await delay(50);
  }
  throw new Error(explain());
}

function send(method: string, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const slow = setTimeout(() => child.kill('SIGKILL'), 3000);
  await exited;
  clearTimeout(slow);
}
