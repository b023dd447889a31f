import { cliFront } from '../../src/front/cli-front.ts';
import type { Front } from '../../src/front/front.ts';
import { type Clock, systemClock } from '../../src/ports/clock.ts';
import { createRunCommand } from '../../src/ports/command.ts';
import { systemExec } from '../../src/ports/exec.ts';
import { createHttp } from '../../src/ports/http.ts';
import { type Proof, proofSchema } from '../../src/proof/schema.ts';
import { run } from '../../src/run.ts';
import type { Target } from '../targets/server.ts';

export interface HereOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Ends the run, as a signal would. */
  readonly controller?: AbortController;
}

export interface HereRun {
  readonly code: number;
  /** What was printed, without the lines that tell the runner what to mask. */
  readonly log: string;
  readonly proof: Proof;
}

/**
 * Runs the whole program in this process: input, config, policy, mode, proof. Only the start of a process is left out, so that
 * a table of hundreds of attempts takes seconds. Its network, commands and files are real.
 */
export async function runHere(argv: readonly string[], options: HereOptions): Promise<HereRun> {
  const lines: string[] = [];
  const front = cliFront(argv, { out: (text) => lines.push(text), err: (text) => lines.push(text) });
  return runFront(front, lines, options);
}

/** The same as a step of a job: `inputs` are its `with:`. */
export async function stepHere(
  mode: string,
  inputs: Readonly<Record<string, string>>,
  options: HereOptions,
): Promise<HereRun> {
  const lines: string[] = [];
  const front = cliFront([mode], { out: (text) => lines.push(text), err: () => {} });
  const given = Object.entries(inputs).map(([name, value]) => ({ name, value, source: `with: ${name}` }));
  return runFront({ ...front, kind: 'action', inputs: () => given }, lines, {
    ...options,
    env: { GITHUB_ACTIONS: 'true', ...options.env },
  });
}

/** Runs until something is seen of it: what it would do after that, or wait for, is of no interest. */
export async function untilSeen(
  seen: () => boolean,
  start: (controller: AbortController) => Promise<HereRun>,
): Promise<HereRun> {
  const controller = new AbortController();
  const timer = setInterval(() => {
    if (seen()) controller.abort(new Error('seen'));
  }, 10);
  try {
    return await start(controller);
  } finally {
    clearInterval(timer);
  }
}

/** Forgets the requests so far, those too that a run which was ended early had under way: connections are taken in their order. */
export async function forgetRequests(server: Target): Promise<void> {
  await fetch(server.url).then((response) => response.arrayBuffer());
  server.requests.length = 0;
}

async function runFront(
  front: Front,
  lines: string[],
  { cwd, env = {}, clock = systemClock, controller = new AbortController() }: HereOptions,
): Promise<HereRun> {
  let published: Proof | undefined;
  const code = await run(
    {
      ...front,
      publish: async (proof) => {
        published = proof;
      },
    },
    {
      clock,
      http: createHttp(),
      exec: systemExec,
      runCommand: createRunCommand(),
      random: Math.random,
      // A clone of another test's store, at the same port, is none of ours.
      env: { PATH: process.env.PATH, HOME: cwd, XDG_CACHE_HOME: `${cwd}/.cache`, TMPDIR: cwd, ...env },
      cwd,
      userAgent: 'ship-proof/test',
      controller,
    },
  );
  return { code, log: lines.join(''), proof: proofSchema.parse(published) };
}
