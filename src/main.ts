import { isMainThread } from 'node:worker_threads';
import { splitArguments } from './front/cli.ts';
import { cliFront } from './front/cli-front.ts';
import type { Front } from './front/front.ts';
import { refuseOldNode } from './front/node-version.ts';
import { systemClock } from './ports/clock.ts';
import type { RunCommand } from './ports/command.ts';
import { createHttp } from './ports/http.ts';
import { leave } from './ports/leave.ts';
import { abortOnSignals } from './ports/signals.ts';
import { logfmt } from './proof/encode.ts';
import { run } from './run.ts';
import { VERSION } from './version.ts';

/** The whole program: chooses the front by the arguments, runs, and ends the process with the exit code that was proved. */
export async function main(source: NodeJS.Process): Promise<void> {
  if (!isMainThread) return (await import('./ports/toolkit-thread.ts')).toolkitThread();
  // Whatever nobody caught could not be checked; Node's own code for it, 1, would say "disproved".
  const crash = (error: unknown): void => {
    source.stderr.write(crashReport(error));
    leave(source, 3);
  };
  source.on('uncaughtException', crash);
  source.on('unhandledRejection', crash);
  const tooOld = refuseOldNode(source.versions.node);
  if (tooOld !== undefined) {
    source.stderr.write(tooOld);
    source.exitCode = 2;
    return;
  }
  const argv = source.argv.slice(2);
  const page = await informationPage(argv);
  if (page !== undefined) {
    source.stdout.write(`${page}\n`);
    return;
  }
  const front = await chooseFront(argv, source);
  if (!front) return;
  // Nothing is left that could go on, and yet the run has not ended.
  source.once('beforeExit', () => crash(new Error('the run stands still')));
  let runCommand: RunCommand | undefined;
  const code = await run(front, {
    clock: systemClock,
    http: createHttp(source.env),
    exec: { run: async (command) => (await import('./ports/exec.ts')).systemExec.run(command) },
    runCommand: async (command, options) => {
      runCommand ??= (await import('./ports/command.ts')).createRunCommand();
      return runCommand(command, options);
    },
    random: Math.random,
    env: source.env,
    cwd: source.cwd(),
    userAgent: `ship-proof/${VERSION}`,
    controller: abortOnSignals(source),
  });
  // Pipes are written in order, so when this is out, all is; then nothing that is still open may hold the process.
  source.stdout.write('', () => source.stderr.write('', () => leave(source, code)));
}

/** What went wrong where, a call a line. Without the message: it may hold anything, and what is secret is known to the run only. */
function crashReport(error: unknown): string {
  const { name, code, stack = '' }: NodeJS.ErrnoException = error instanceof Error ? error : new Error();
  const calls = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  const events = [{ error: 'internal', name, code }, ...calls.map((call) => ({ at: call.slice(7) }))];
  return events.map((event) => `ship-proof ${logfmt(event)}\n`).join('');
}

/** The front that was called; undefined where there is nothing to do. */
async function chooseFront(argv: readonly string[], source: NodeJS.Process): Promise<Front | undefined> {
  const out = (text: string) => void source.stdout.write(text);
  const err = (text: string) => void source.stderr.write(text);
  if (argv.length > 0) return cliFront(argv, { out, err });
  const { actionFront, isIdlePostStep } = await import('./front/action.ts');
  return isIdlePostStep(source.env) ? undefined : actionFront(source.env, out);
}

/** The text of `--help`, `<mode> --help` or `--version`; undefined when something else was asked for. */
async function informationPage(argv: readonly string[]): Promise<string | undefined> {
  const [first = '', ...rest] = argv;
  if (first === '--version') return VERSION;
  const { own } = splitArguments(rest);
  const wantsHelp = ['--help', '-h', 'help'].includes(first) || own.includes('--help') || own.includes('-h');
  if (!wantsHelp) return undefined;
  const { modeHelp, programHelp } = await import('./front/help.ts');
  const { loadAllModes, MODES } = await import('./modes/registry.ts');
  const load = Object.hasOwn(MODES, first) ? MODES[first] : undefined;
  return load ? modeHelp(await load()) : programHelp(await loadAllModes());
}
