import { didYouMean } from '../../config/nearest.ts';
import { invalidAt } from '../../config/place.ts';
import type { Located } from '../../config/yaml.ts';
import { invalid } from '../../proof/errors.ts';
import type { PlannedCheck } from '../../smoke/plan.ts';
import { parseChecks } from '../../smoke/spec/parse.ts';
import { tryOut } from '../../smoke/spec/try-out.ts';
import { judgePlaces, type WrittenRequest } from '../allowed-places.ts';
import { filesFor, isOwnWord, readChecks, type Shortcuts, shortcutChecks } from '../checks-input.ts';
import type { Ports } from '../mode.ts';

export interface ChecksGiven extends Shortcuts {
  readonly checks?: string | Located | undefined;
  readonly only?: readonly string[] | undefined;
  readonly 'base-url'?: URL | undefined;
  readonly 'build-id'?: string | undefined;
}

/**
 * All checks that are to be made. Throws for what is wrong with any of them, also with those that `only` leaves out, and for
 * one that the policy does not allow.
 */
export async function planChecks(given: ChecksGiven, { env, secrets, cwd, allowedUrls }: Ports) {
  const shortcuts = shortcutChecks(given);
  const all: PlannedCheck[] = [];
  for (const list of [shortcuts, given.checks]) {
    if (list === undefined) continue;
    const root = await readChecks(list, cwd, env);
    const trusted = isOwnWord(root, env);
    const planned = await parseChecks(root, {
      variables: { env, secrets, trusted },
      files: filesFor(root, cwd, env),
      cwd,
      hasBaseUrl: given['base-url'] !== undefined,
      builtIn: given['build-id'] === undefined ? [] : ['build-id'],
      tryOut,
    });
    if (!trusted) refuseCommands(planned);
    all.push(...planned);
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
  if (allowedUrls) {
    const { 'base-url': baseUrl } = given;
    const judged = new Set(baseUrl ? [baseUrl.origin] : []);
    judgePlaces(allowedUrls, checks.flatMap(requestsOf), baseUrl, judged);
  }
  return { checks, skippedByOnly: all.length - checks.length };
}

function requestsOf(check: PlannedCheck): readonly WrittenRequest[] {
  if (check.skip !== undefined) return [];
  if (check.kind !== 'mcp') return check.steps;
  return check.server.kind === 'http' ? [{ url: check.server.url, place: check.place }] : [];
}

/** What may be a contributor's list starts no program, not even one that speaks MCP. */
function refuseCommands(checks: readonly PlannedCheck[]): void {
  const found = checks.find((check) => check.kind === 'mcp' && check.server.kind === 'stdio');
  if (!found) return;
  throw invalidAt(
    found.place,
    'config-untrusted',
    "on this event the checkout may be a contributor's, so its checks can't have a `command`; write them into the workflow, or the default branch's config",
  );
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
