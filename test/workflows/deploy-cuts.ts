import type { WorkflowRun } from '../actions-runner/run-workflow.ts';
import { DIST as DIST_ENTRY, runCli } from '../e2e/run-dist.ts';
import { deployCaller, type Place } from './deploy-place.ts';

/** Where a run is cancelled: in the work of a phase, or when a phase is done and the next has not begun. */
export type Cut = 'building' | 'built' | 'publishing' | 'published' | 'promoting' | 'promoted';

const WAIT = 'echo "at the cut"; sleep 60; ';

/** Runs a deploy that is cancelled at a cut. */
export async function cutAt(place: Place, cut: Cut): Promise<WorkflowRun> {
  const cancel = new AbortController();
  const script = { building: 'build', publishing: 'publish', promoting: 'promote' }[cut as string];
  const done = { built: 'build', published: 'publish', promoted: 'promote' }[cut as string];
  const caller = deployCaller(place);
  return place.run(
    // The script is one of the caller's own: it waits there.
    script === undefined
      ? caller
      : caller.replace(`"${script}":"`, `"${script}":${JSON.stringify(WAIT).slice(0, -1)}`),
    {
      signal: cancel.signal,
      onLine: (line, job) => {
        const isEnd = done !== undefined && job === `deploy / ${done}` && line.startsWith('phase state=done');
        if (isEnd || line.includes('at the cut')) cancel.abort();
      },
    },
  );
}

const store = ({ repository }: Place): string => `git+file:${repository.path}`;

/** A line of shell that holds deploys, as an operator on another machine would. */
export const holdDeploys = (place: Place): string =>
  `env -i PATH="$PATH" HOME="$HOME" "${process.execPath}" "${DIST_ENTRY}" kill --scope deploys --reason 'look at it' --store '${store(place)}' >/dev/null; `;

export async function letGo(place: Place): Promise<void> {
  const args = ['rearm', '--scope', 'deploys', '--confirm-destructive', '--store', store(place)];
  const { code, stdout } = await runCli(args);
  if (code !== 0) throw new Error(`rearm failed:\n${stdout}`);
}
