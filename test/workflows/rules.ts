// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions are quoted as they stand in workflows
import type { JobDefinition, StepDefinition, WorkflowDefinition } from '../actions-runner/workflow-file.ts';

/** A workflow as it stands in .github/workflows: what it says, and its text, where comments count. */
export interface Workflow {
  readonly path: string;
  readonly text: string;
  readonly definition: WorkflowDefinition;
}

/** What a rule has against a workflow, an item for each place. */
export type Rule = (workflow: Workflow) => readonly string[];

const jobsOf = ({ definition }: Workflow): (readonly [string, JobDefinition])[] =>
  Object.entries(definition.jobs);

const stepsOf = (workflow: Workflow): (readonly [string, StepDefinition])[] =>
  jobsOf(workflow).flatMap(([id, { steps = [] }]) =>
    steps.map((step, index) => [`${id}.${step.id ?? step.name ?? index + 1}`, step] as const),
  );

/** The lines that hold a value, each with its comment. */
const linesOf = ({ text }: Workflow, value: string): string[] =>
  text.split('\n').filter((line) => line.includes(value));

/** `${{ }}` in a script is replaced before the shell reads it: whoever chooses the value writes the script. */
const noExpressionInRun: Rule = (workflow) =>
  stepsOf(workflow).flatMap(([at, { run }]) =>
    run?.includes('${{') ? [`${at}: put the value into env`] : [],
  );

/** A tag can be moved to other code; a commit can't. The version stands behind it for people and for updates. */
const pinnedUses: Rule = (workflow) => {
  const used = [...stepsOf(workflow), ...jobsOf(workflow)].flatMap(([at, { uses }]) =>
    uses ? [[at, uses] as const] : [],
  );
  return used.flatMap(([at, uses]) => {
    if (/^(\.|\$)\//.test(uses)) return [];
    if (!/@[0-9a-f]{40}$/.test(uses)) return [`${at}: ${uses} is not pinned to a full commit`];
    const isNamed = linesOf(workflow, uses).every((line) => /# v\d+\.\d+\.\d+$/.test(line));
    return isNamed ? [] : [`${at}: ${uses} has no version behind it`];
  });
};

/** Nothing by default, and each job what it needs: then a new job begins without any. */
const declaredPermissions: Rule = (workflow) => {
  const top = workflow.definition.permissions;
  const isEmpty = typeof top === 'object' && top !== null && Object.keys(top).length === 0;
  return [
    ...(isEmpty ? [] : ['the workflow: begin with `permissions: {}`']),
    ...jobsOf(workflow).flatMap(([id, { permissions }]) =>
      typeof permissions === 'object' && permissions !== null
        ? []
        : [`${id}: declares no permissions by name`],
    ),
  ];
};

/** A called workflow gets the secrets that it names, not all that there are. */
const noInheritedSecrets: Rule = (workflow) =>
  jobsOf(workflow).flatMap(([id, { secrets }]) => (secrets === 'inherit' ? [`${id}: name the secrets`] : []));

/** A token that stays in .git/config is found by every later step; who needs it to stay says what for. */
const noPersistedCredentials: Rule = (workflow) =>
  stepsOf(workflow).flatMap(([at, step]) => {
    if (!step.uses?.startsWith('actions/checkout@')) return [];
    const persists = step.with?.['persist-credentials'];
    if (persists === false) return [];
    const isExplained =
      persists === true && linesOf(workflow, 'persist-credentials: true').every((line) => /#.+/.test(line));
    return isExplained ? [] : [`${at}: persist-credentials: false, or true with the reason behind it`];
  });

/** The platform's own limit is six hours. */
const limitedTime: Rule = (workflow) =>
  jobsOf(workflow).flatMap(([id, job]) =>
    job.uses || job['timeout-minutes'] ? [] : [`${id}: timeout-minutes`],
  );

/** These run a contributor's change with the repository's secrets. */
const noRiskyEvents: Rule = ({ definition: { on } }) => {
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on as object);
  return events.filter((event) =>
    ['pull_request_target', 'workflow_run', 'issue_comment'].includes(String(event)),
  );
};

/** A proof, a deploy or a tick under way is never cancelled for a newer one. */
const nothingCancelled: Rule = (workflow) =>
  [['the workflow', workflow.definition] as const, ...jobsOf(workflow)].flatMap(([at, { concurrency }]) => {
    const cancels = (concurrency as { 'cancel-in-progress'?: unknown } | undefined)?.['cancel-in-progress'];
    const isForPulls = String(cancels) === "${{ github.event_name == 'pull_request' }}";
    return cancels && !isForPulls ? [`${at}: cancel-in-progress`] : [];
  });

/**
 * `success()` asks for every job on the way, on GitHub also for those that the caller's job needed (actions/runner#2205): one that was
 * skipped there skips jobs here. So a job of a called workflow says itself what it wants of the jobs before it.
 */
const ownConditions: Rule = (workflow) => {
  const { on } = workflow.definition;
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on as object);
  if (!events.includes('workflow_call')) return [];
  return jobsOf(workflow).flatMap(([id, { needs, if: condition }]) =>
    needs === undefined || /\b(always|cancelled)\(\)/.test(String(condition)) ? [] : [`${id}: if`],
  );
};

export const RULES = {
  noExpressionInRun,
  pinnedUses,
  declaredPermissions,
  noInheritedSecrets,
  noPersistedCredentials,
  limitedTime,
  noRiskyEvents,
  nothingCancelled,
  ownConditions,
} as const satisfies Readonly<Record<string, Rule>>;
