import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LogEvent, parseEvents } from '../targets/logfmt.ts';
import { parseRunnerCommands, type RunnerCommand } from '../targets/runner-commands.ts';
import { basics, inputVariables, manifestDefaults } from '../targets/runner-environment.ts';
import { parseFileCommands } from '../targets/runner-files.ts';

export { parseLogfmt } from '../targets/logfmt.ts';

/** The built program, as users get it; a folder of another build can be named. */
export const DIST = process.env.SHIP_PROOF_DIST
  ? join(process.env.SHIP_PROOF_DIST, 'index.js')
  : fileURLToPath(new URL('../../dist/index.js', import.meta.url));

export interface RunOptions {
  /** Added to PATH, HOME and TMPDIR (and what Windows cannot start a process without), which are all there is otherwise. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Killed after that; default 30 s. */
  readonly timeoutMs?: number;
  /** `closed` (default): end of file at once; else this text. */
  readonly stdin?: 'closed' | { readonly text: string };
  /** Gets the process when it runs, to signal it. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Another program than dist/index.js. */
  readonly entry?: string;
  /** Runs the command inside another one, such as `withHosts`. */
  readonly wrap?: (
    file: string,
    args: readonly string[],
  ) => { readonly file: string; readonly args: readonly string[] };
}

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout, in order, that are `<mode> key=value …`. */
  readonly events: readonly LogEvent[];
  /** From start to exit. */
  readonly ms: number;
}

/** A started process, for tests that signal it while it runs. */
export interface Started {
  readonly child: ChildProcess;
  readonly done: Promise<Run>;
}

/** Runs `ship-proof <args>` to its end. */
export const runCli = async (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  (await startCli(args, options)).done;

/** Starts `ship-proof <args>`; its temporary home is removed when it ends. */
export async function startCli(args: readonly string[], options: RunOptions = {}): Promise<Started> {
  const home = await mkdtemp(join(tmpdir(), 'ship-proof-run-'));
  const started = await start(args, options, home);
  return { ...started, done: started.done.finally(() => rm(home, { recursive: true, force: true })) };
}

export interface ActionOptions extends Omit<RunOptions, 'stdin'> {
  readonly eventName?: string;
  /** What GITHUB_EVENT_PATH holds; default `{}`. */
  readonly event?: unknown;
  /** What `${{ github.token }}` stands for in the manifest's defaults; default empty. */
  readonly token?: string;
  /** The state of an earlier step, given back as STATE_<name> as to a post step. */
  readonly state?: Readonly<Record<string, string>>;
}

export interface ActionRun extends Run, AsyncDisposable {
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
  readonly summary: string;
  /** Every workflow command in stdout and stderr, read as the runner reads them. */
  readonly commands: readonly RunnerCommand[];
  /** Those that are `error`, `warning` or `notice`. */
  readonly annotations: readonly RunnerCommand[];
  /** RUNNER_TEMP; there until disposal. */
  readonly runnerTemp: string;
}

/** Runs the program as a step `uses:` would, with `with: inputs`. */
export async function runAction(
  inputs: Readonly<Record<string, string>>,
  options: ActionOptions = {},
): Promise<ActionRun> {
  const home = await mkdtemp(join(tmpdir(), 'ship-proof-action-'));
  const runnerTemp = join(home, 'runner-temp');
  const workspace = options.cwd ?? join(home, 'workspace');
  await Promise.all([runnerTemp, workspace].map((folder) => mkdir(folder, { recursive: true })));
  const names = ['OUTPUT', 'STEP_SUMMARY', 'STATE', 'ENV', 'PATH'] as const;
  const fileOf = (name: (typeof names)[number]): string => join(home, `file-command-${name.toLowerCase()}`);
  await Promise.all(names.map((name) => writeFile(fileOf(name), '')));
  const eventPath = join(home, 'event.json');
  await writeFile(eventPath, JSON.stringify(options.event ?? {}));

  const env = {
    ...basics(options.eventName ?? 'push', eventPath, workspace, runnerTemp),
    ...Object.fromEntries(names.map((name) => [`GITHUB_${name}`, fileOf(name)])),
    ...Object.fromEntries(
      Object.entries(options.state ?? {}).map(([name, value]) => [`STATE_${name}`, value]),
    ),
    ...inputVariables({ ...(await manifestDefaults(options.token ?? '')), ...inputs }),
    ...options.env,
  };
  const run = await (await start([], { ...options, cwd: workspace, env }, home)).done;
  const read = async (name: (typeof names)[number]): Promise<string> => readFile(fileOf(name), 'utf8');
  const commands = [...parseRunnerCommands(run.stdout), ...parseRunnerCommands(run.stderr)];
  return {
    ...run,
    outputs: parseFileCommands(await read('OUTPUT')),
    state: parseFileCommands(await read('STATE')),
    environment: parseFileCommands(await read('ENV')),
    paths: (await read('PATH')).split('\n').filter((line) => line !== ''),
    summary: await read('STEP_SUMMARY'),
    commands,
    annotations: commands.filter(({ command }) => /^(error|warning|notice)$/i.test(command)),
    runnerTemp,
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  };
}

/** Starts the program with a clean environment whose HOME and TMPDIR lie in `home`. */
async function start(args: readonly string[], options: RunOptions, home: string): Promise<Started> {
  const temporary = join(home, 'tmp');
  await mkdir(temporary, { recursive: true });
  const plain = { file: process.execPath, args: [options.entry ?? DIST, ...args] };
  const { file, args: all } = options.wrap?.(plain.file, plain.args) ?? plain;
  const startedAt = performance.now();
  const child = spawn(file, all, {
    cwd: options.cwd ?? home,
    env: { ...cleanEnvironment(home, temporary), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  // The program may end without reading its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(typeof options.stdin === 'object' ? options.stdin.text : undefined);

  const done = new Promise<Run>((resolve, reject) => {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout.on('data', (chunk: Buffer) => output.stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.stderr.push(chunk));
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
      // A descendant may still hold the pipes open; the result must not wait for it.
      child.stdout.destroy();
      child.stderr.destroy();
    }, options.timeoutMs ?? 30_000);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const stdout = Buffer.concat(output.stdout).toString();
      const stderr = Buffer.concat(output.stderr).toString();
      const ms = performance.now() - startedAt;
      resolve({ code, signal, timedOut, stdout, stderr, events: parseEvents(stdout), ms });
    });
  });
  return { child, done };
}

// Nothing of the developer's environment leaks in: no CI, no GITHUB_*, no proxies, no git or npm configuration.
function cleanEnvironment(home: string, temporary: string): Record<string, string> {
  const needed = process.platform === 'win32' ? ['PATH', 'PATHEXT', 'SystemRoot', 'ComSpec'] : ['PATH'];
  const kept = needed.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const windows = process.platform === 'win32' ? { USERPROFILE: home, TEMP: temporary, TMP: temporary } : {};
  return { ...Object.fromEntries(kept), ...windows, HOME: home, TMPDIR: temporary };
}
