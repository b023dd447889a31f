import { didYouMean } from '../config/nearest.ts';
import type { Located } from '../config/yaml.ts';
import { isContributedEvent } from '../ports/github-run.ts';
import { invalid } from '../proof/errors.ts';
import { filesOf } from '../smoke/files.ts';
import type { PlannedCheck } from '../smoke/plan.ts';
import { INLINE } from '../smoke/spec/inline.ts';
import { parseChecks } from '../smoke/spec/parse.ts';
import { tryOut } from '../smoke/spec/try-out.ts';
import { readChecks, type Shortcuts, shortcutChecks } from './checks-input.ts';
import type { Ports } from './mode.ts';

export interface ChecksGiven extends Shortcuts {
  readonly checks?: string | Located | undefined;
  readonly only?: readonly string[] | undefined;
  readonly 'base-url'?: URL | undefined;
  readonly 'build-id'?: string | undefined;
}

/** All checks that are to be made. Throws for what is wrong with any of them, also with those that `only` leaves out. */
export async function planChecks(given: ChecksGiven, { env, secrets, cwd }: Ports) {
  const shortcuts = shortcutChecks(given);
  const all: PlannedCheck[] = [];
  for (const list of [shortcuts, given.checks]) {
    if (list === undefined) continue;
    const root = await readChecks(list, cwd);
    all.push(
      ...(await parseChecks(root, {
        // What stands in a workflow is the workflow's own; a file may be a contributor's.
        variables: { env, secrets, trusted: root.file === INLINE || !isContributedEvent(env) },
        files: filesOf(cwd),
        cwd,
        hasBaseUrl: given['base-url'] !== undefined,
        builtIn: given['build-id'] === undefined ? [] : ['build-id'],
        tryOut,
      })),
    );
  }
  if (all.length === 0) {
    throw invalid(
      'input-missing',
      'nothing to check: give `checks`, `page` or `mcp`, or a config with `smoke: checks:`',
    );
  }
  const names = all.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw invalid(
      'input-conflict',
      `a shortcut and a check of the list are both called ${JSON.stringify(twice)}; rename the check`,
    );
  }
  const checks = onlyThose(given.only, all);
  return { checks, skippedByOnly: all.length - checks.length };
}

function onlyThose(
  only: readonly string[] | undefined,
  all: readonly PlannedCheck[],
): readonly PlannedCheck[] {
  if (!only) return all;
  const known = all.map(({ name }) => name);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown === undefined) return all.filter(({ name }) => only.includes(name));
  throw invalid(
    'input-invalid',
    `input \`only\` names ${JSON.stringify(unknown)}, and there is no such check${didYouMean(unknown, known)}; there are: ${known.join(', ')}`,
  );
}
