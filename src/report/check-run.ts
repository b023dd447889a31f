import type { Clock } from '../ports/clock.ts';
import type { ApiProblem, GitHub } from '../ports/github.ts';
import type { Proof } from '../proof/schema.ts';
import {
  type CheckAnnotation,
  type CheckRunOutput,
  checkRunOutput,
  type Places,
} from './check-run-output.ts';

/** A check run that was begun and not concluded yet: what the post step needs to find it again. */
export interface OpenCheck {
  readonly name: string;
  readonly sha: string;
  /** The proof's id: by it, one whose number never arrived is found again. */
  readonly externalId: string;
  readonly mode: string;
  readonly startedAt: string;
  readonly id?: number | undefined;
  /** Where the step's proof.json will stand. */
  readonly proof?: string | undefined;
}

export interface CheckRunOptions {
  readonly github: GitHub;
  readonly clock: Clock;
  readonly check: OpenCheck;
  readonly detailsUrl: string | undefined;
  readonly places: Places;
  /** Another process began it. */
  readonly left?: boolean;
  /** Keeps what is open for the post step; undefined when nothing is. */
  readonly keep: (open: OpenCheck | undefined) => void;
}

export interface CheckRun {
  /** Creates it as in progress; nobody needs to wait for that. */
  begin(): void;
  /** Says in it what was proved. Returns its page, or why there is none, in one line. */
  conclude(proof: Proof, limitMs: number): Promise<{ readonly url: string } | { readonly problem: string }>;
}

const NEEDS = 'checks: write';
const BATCH = 50;
/** A check that is wrong in more than five hundred places is wrong; the rest stands in the proof. */
const MAX_BATCHES = 10;
/** It goes on beside the mode, so there is time to wait for a server that asks to. */
const BEGIN_LIMIT_MS = 60_000;

type Found = { readonly id: number; readonly url: string };
type Begun = Found | { readonly problem: ApiProblem };

export function checkRun(options: CheckRunOptions): CheckRun {
  const { github, clock, check, detailsUrl, places, keep } = options;
  let begun: Promise<Begun> | undefined;
  // The post step finds what its step began, by its number or by looking for it.
  const left: Begun | undefined =
    check.id !== undefined
      ? { id: check.id, url: '' }
      : options.left
        ? { problem: { text: 'its number is not known', doubtful: true } }
        : undefined;

  const fields = {
    name: check.name,
    head_sha: check.sha,
    external_id: check.externalId,
    started_at: check.startedAt,
    ...(detailsUrl === undefined ? {} : { details_url: detailsUrl }),
  };

  const create = async (more: object, deadline: number): Promise<Begun> => {
    const body = { ...fields, ...more };
    return foundIn(
      await github.request({ method: 'POST', path: '/check-runs', body, needs: NEEDS }, deadline),
    );
  };

  /** The one that a lost answer or a process that died left behind. */
  const lookUp = async (deadline: number): Promise<Begun | undefined> => {
    const query = new URLSearchParams({ check_name: check.name, filter: 'all', per_page: '100' });
    const path = `/commits/${check.sha}/check-runs?${query}`;
    const reply = await github.request({ method: 'GET', path, needs: NEEDS, repeatable: true }, deadline);
    if (!reply.ok) return { problem: reply.problem };
    const { check_runs: listed = [] } = (reply.body ?? {}) as { check_runs?: readonly unknown[] };
    const own = listed.find((item) => (item as { external_id?: unknown }).external_id === check.externalId);
    return own === undefined ? undefined : foundIn({ ok: true, body: own });
  };

  const update = (id: number, body: object, deadline: number, repeatable: boolean) =>
    github.request({ method: 'PATCH', path: `/check-runs/${id}`, body, needs: NEEDS, repeatable }, deadline);

  /** Concludes the one that is there, or makes one that is concluded. */
  const write = async (proof: Proof, output: CheckRunOutput, deadline: number): Promise<Begun> => {
    const { title, summary, text, annotations, conclusion } = output;
    const texts = { title, summary, text };
    const ending = {
      status: 'completed',
      conclusion,
      completed_at: proof.endedAt,
      output: { ...texts, annotations: annotations.slice(0, BATCH) },
    };
    const there = begun ? await settled(begun, deadline, clock) : undefined;
    const found = there && 'problem' in there ? await afterProblem(there.problem, lookUp, deadline) : there;
    if (found === undefined) return create(ending, deadline);
    if ('problem' in found) return found;
    const reply = await update(found.id, ending, deadline, false);
    if (reply.ok) return found;
    if (!reply.problem.doubtful) return { problem: reply.problem };
    // Annotations add up when they are sent twice, the rest does not.
    const bare = await update(found.id, { ...ending, output: texts }, deadline, true);
    return bare.ok ? found : { problem: bare.problem };
  };

  return {
    begin() {
      keep(check);
      begun = create({ status: 'in_progress' }, clock.monotonic() + BEGIN_LIMIT_MS).then((result) => {
        if ('id' in result) keep({ ...check, id: result.id });
        return result;
      });
      begun.catch(() => {}); // Whoever concludes it hears of it.
    },
    async conclude(proof, limitMs) {
      const deadline = clock.monotonic() + limitMs;
      if (!begun && left) begun = Promise.resolve(left);
      const output = checkRunOutput(proof, places);
      const written = await write(proof, output, deadline);
      if ('problem' in written) {
        if (isFinal(written.problem)) keep(undefined);
        return { problem: written.problem.text };
      }
      keep(undefined);
      const { title, summary, text, annotations } = output;
      for (const batch of batchesAfterFirst(annotations)) {
        const more = { output: { title, summary, text, annotations: batch } };
        const reply = await update(written.id, more, deadline, false);
        if (!reply.ok) return { problem: `some of its annotations are missing: ${reply.problem.text}` };
      }
      return { url: written.url };
    },
  };
}

/** A begun check run that found none: look for it where it may be there all the same, unless asking has no use. */
async function afterProblem(
  problem: ApiProblem,
  lookUp: (deadline: number) => Promise<Begun | undefined>,
  deadline: number,
): Promise<Begun | undefined> {
  // What hangs is left to the post step, which has more time.
  if (isFinal(problem) || problem.hung) return { problem };
  return problem.doubtful ? lookUp(deadline) : undefined;
}

/** Asking again, a moment later and with the same token, changes nothing. */
const isFinal = ({ status, limited }: ApiProblem): boolean =>
  status !== undefined && status < 500 && status !== 408 && limited !== true;

/** What became of the beginning, as far as that is known in time. */
async function settled(begun: Promise<Begun>, deadline: number, clock: Clock): Promise<Begun> {
  const done = new AbortController();
  const late = clock
    .sleep(Math.max(0, deadline - clock.monotonic()), done.signal)
    .then((): Begun => ({ problem: { text: 'the check run could not be begun in time', doubtful: true } }));
  late.catch(() => {}); // Nobody waits any more.
  try {
    return await Promise.race([begun, late]);
  } finally {
    done.abort();
  }
}

function foundIn(reply: Awaited<ReturnType<GitHub['request']>>): Begun {
  if (!reply.ok) return { problem: reply.problem };
  const { id, html_url: url } = (reply.body ?? {}) as { id?: unknown; html_url?: unknown };
  if (typeof id === 'number') return { id, url: typeof url === 'string' ? url : '' };
  return { problem: { text: 'GitHub answered without a check run', doubtful: true } };
}

function batchesAfterFirst(annotations: readonly CheckAnnotation[]): CheckAnnotation[][] {
  const count = Math.min(MAX_BATCHES, Math.ceil(annotations.length / BATCH));
  return Array.from({ length: Math.max(0, count - 1) }, (_, index) =>
    annotations.slice((index + 1) * BATCH, (index + 2) * BATCH),
  );
}
