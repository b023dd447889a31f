import { concurrencyOf, type Turn } from './concurrency.ts';
import { githubContext, type Run, type Source } from './contexts.ts';
import { evaluateValue, holds, interpolate, interpolateMap, type Scope, type Status } from './expressions.ts';
import { type JobResult, type Result, runJob, type Settings } from './job.ts';
import { combinations, matrixName } from './matrix.ts';
import { readOnly, requested, type Scopes } from './permissions.ts';
import { type Called, typedInputs } from './reusable.ts';
import { type JobDefinition, listOf, type WorkflowFile } from './workflow-file.ts';

/** A workflow that runs, by itself or called by a job of another. */
export interface Course {
  readonly run: Run;
  readonly file: WorkflowFile;
  readonly source: Source;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Variables and secrets by environment, and variables for all. */
  readonly environments: Environments;
  readonly vars: Readonly<Record<string, string>>;
  readonly scopes: Scopes;
  /** `call / ` in a called workflow. */
  readonly prefix: string;
  readonly settings: Settings;
  readonly signal: AbortSignal;
  /** The concurrency groups that whoever called it is in. */
  readonly held: readonly string[];
  readonly load: (job: JobDefinition, source: Source) => Promise<Called | undefined>;
}

export type Environments = Readonly<
  Record<
    string,
    { readonly secrets?: Readonly<Record<string, string>>; readonly vars?: Readonly<Record<string, string>> }
  >
>;

export interface Ended {
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
  /** The jobs that ran or were skipped for it: one, one for each of a matrix, or all of a called workflow. */
  readonly jobs: readonly JobResult[];
}

/** Runs all jobs of a workflow, each as soon as those that it needs have ended. */
export async function runJobs(course: Course): Promise<ReadonlyMap<string, Ended>> {
  return inTurn(course.file.definition.concurrency, courseScope(course), course, async (inside) => {
    const { jobs } = course.file.definition;
    const ends = new Map<string, Promise<Ended>>();
    const end = (id: string): Promise<Ended> => {
      const known = ends.get(id);
      if (known) return known;
      const definition = jobs[id] as JobDefinition;
      const own = Promise.all(
        listOf(definition.needs).map(async (need) => [need, await end(need)] as const),
      ).then((needs) =>
        runOne(
          inside,
          id,
          definition,
          Object.fromEntries(needs),
          ancestorsOf(id, jobs).map((name) => end(name)),
        ),
      );
      ends.set(id, own);
      return own;
    };
    const all = await Promise.all(Object.keys(jobs).map(async (id) => [id, await end(id)] as const));
    return new Map(all);
  });
}

async function runOne(
  course: Course,
  id: string,
  definition: JobDefinition,
  needs: Readonly<Record<string, Ended>>,
  ancestors: readonly Promise<Ended>[],
): Promise<Ended> {
  const results = (await Promise.all(ancestors)).map(({ result }) => result);
  const status: Status = course.signal.aborted
    ? 'cancelled'
    : results.includes('failure')
      ? 'failure'
      : results.every((result) => result === 'success')
        ? 'success'
        : 'skipped';
  const needsContext = Object.fromEntries(
    Object.entries(needs).map(([name, { result, outputs }]) => [name, { result, outputs }]),
  );
  const base = courseScope(course);
  const scope: Scope = { status, contexts: { ...base.contexts, needs: needsContext } };
  const name = `${course.prefix}${definition.name === undefined ? id : interpolate(definition.name, scope)}`;
  if (!holds(definition.if, scope)) return without(name, course.signal.aborted ? 'cancelled' : 'skipped');

  const strategy = (evaluateValue(definition.strategy ?? {}, scope) ?? {}) as Record<string, unknown>;
  const rows = combinations(strategy.matrix);
  const failFast = new AbortController();
  const ends = await Promise.all(
    rows.map(async (matrix, index) => {
      const own = { 'fail-fast': true, ...strategy, 'job-index': index, 'job-total': rows.length };
      const contexts = { ...scope.contexts, matrix: matrix ?? {}, strategy: own };
      // A job that begins after the cancel (`always()`) is left to end.
      const outer = course.signal.aborted ? [] : [course.signal];
      const signal = AbortSignal.any([failFast.signal, ...outer]);
      const place = { ...course, signal };
      const ended = await runRow(place, id, matrixName(name, matrix), definition, { ...scope, contexts });
      if (ended.result === 'failure' && strategy['fail-fast'] !== false) failFast.abort();
      return ended;
    }),
  );
  return together(ends);
}

/** One job of a matrix, or the only one; a job that calls a workflow is all of that workflow's jobs. */
const runRow = (
  course: Course,
  id: string,
  name: string,
  definition: JobDefinition,
  scope: Scope,
): Promise<Ended> =>
  inTurn(
    definition.concurrency,
    scope,
    course,
    async (inside) => {
      const scopes = requested(definition.permissions) ?? course.scopes;
      const called = await course.load(definition, course.source);
      if (called) return runCalled({ ...inside, scopes }, called, name, definition, scope);
      // The URL beside the name is of the job's end.
      const { environment = '' } = definition;
      const chosen = evaluateValue(typeof environment === 'object' ? environment.name : environment, scope);
      const { secrets, vars } = course.environments[String(chosen)] ?? {};
      const { run, source, settings } = course;
      const job = await runJob({
        run,
        id,
        name,
        source,
        workflow: course.file.definition,
        definition,
        contexts: {
          ...scope.contexts,
          github: githubContext(run, id, ''),
          vars: { ...course.vars, ...vars },
        },
        secrets: run.event.fromFork ? course.secrets : withOwn(course.secrets, secrets),
        scopes: run.event.fromFork ? readOnly(scopes) : scopes,
        settings,
        signal: inside.signal,
      });
      const forgiven =
        job.result === 'failure' && evaluateValue(definition['continue-on-error'] ?? false, scope) === true;
      return { result: forgiven ? 'success' : job.result, outputs: job.outputs, jobs: [job] };
    },
    () => without(name, 'cancelled'),
  );

async function runCalled(
  course: Course,
  { file, source }: Called,
  name: string,
  definition: JobDefinition,
  scope: Scope,
): Promise<Ended> {
  const withSecrets = { ...scope, contexts: { ...scope.contexts, secrets: course.secrets } };
  const given = Object.entries(definition.with ?? {}).map(
    ([key, value]) => [key, evaluateValue(value, scope)] as const,
  );
  const named =
    definition.secrets === 'inherit' ? course.secrets : interpolateMap(definition.secrets, withSecrets);
  const inner: Course = {
    ...course,
    file,
    source,
    inputs: typedInputs(file.call ?? {}, Object.fromEntries(given), courseScope(course)),
    // A secret that was named but is empty counts as absent.
    secrets: Object.fromEntries(Object.entries(named).filter(([, value]) => value !== '')),
    scopes: requested(file.definition.permissions) ?? course.scopes,
    prefix: `${name} / `,
  };
  const ends = await runJobs(inner);
  const jobs = Object.fromEntries([...ends].map(([id, { result, outputs }]) => [id, { result, outputs }]));
  const { contexts } = courseScope(inner);
  const outputs = Object.entries(file.call?.outputs ?? {}).map(([key, { value }]) => [
    key,
    interpolate(value, { status: 'success', contexts: { ...contexts, jobs } }),
  ]);
  return { ...together([...ends.values()]), outputs: Object.fromEntries(outputs) };
}

/**
 * Waits for the group of `concurrency:`, where there is one; `replaced` when a newcomer took the place, a cancel came first, or
 * whoever called it is in that very group: then it would wait for itself.
 */
async function inTurn<T>(
  value: unknown,
  scope: Scope,
  course: Course,
  work: (inside: Course) => Promise<T>,
  replaced: () => T = () => new Map() as T,
): Promise<T> {
  const { run, signal, held } = course;
  const concurrency = concurrencyOf(evaluateValue(value, scope));
  if (!concurrency) return work(course);
  const group = concurrency.group.toLowerCase();
  if (held.includes(group)) return replaced();
  const entering = run.services.groups.enter(concurrency);
  const turn: Turn | undefined = await Promise.race([entering, aborted(signal)]);
  if (!turn) {
    void entering.then((late) => late?.[Symbol.dispose]());
    return replaced();
  }
  using _ = turn;
  return await work({ ...course, signal: AbortSignal.any([signal, turn.signal]), held: [...held, group] });
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

const courseScope = ({ run, inputs, vars }: Course): Scope => ({
  status: 'success',
  contexts: {
    github: githubContext(run, '', ''),
    inputs,
    vars,
    needs: {},
    matrix: {},
    strategy: {},
    env: {},
  },
});

/** An environment's own secrets count before those that were handed over; letters' case makes no other name. */
function withOwn(
  given: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const rest = Object.entries(given).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(rest), ...own };
}

/** All that a job needs, and what that needs. */
const ancestorsOf = (id: string, jobs: Readonly<Record<string, JobDefinition>>): readonly string[] => {
  const direct = listOf(jobs[id]?.needs);
  return [...new Set(direct.flatMap((need) => [need, ...ancestorsOf(need, jobs)]))];
};

const without = (name: string, result: Result): Ended => ({
  result,
  outputs: {},
  jobs: [{ name, result, outputs: {}, steps: [], log: '', annotations: [], summary: '', scopes: {} }],
});

/** Of no jobs at all, which is what is left of a run that was replaced before it began: `cancelled`. */
export function together(ends: readonly Ended[]): Ended {
  if (ends.length === 0) return { result: 'cancelled', outputs: {}, jobs: [] };
  const results = ends.map(({ result }) => result);
  const worst = (['failure', 'cancelled'] as const).find((result) => results.includes(result));
  const allSkipped = results.every((result) => result === 'skipped');
  return {
    result: worst ?? (allSkipped ? 'skipped' : 'success'),
    outputs: Object.assign({}, ...ends.map(({ outputs }) => outputs)),
    jobs: ends.flatMap(({ jobs }) => jobs),
  };
}
