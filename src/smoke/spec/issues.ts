import type { z } from 'zod';
import type { Located } from '../../config/yaml.ts';
import { locate, type Problem } from './source.ts';

type Issue = z.core.$ZodIssue;

/** What the schema found wrong, one problem for each line that has to be mended. */
export function problemsOf(issues: readonly Issue[], root: Located): Problem[] {
  return issues.flatMap((issue) => {
    const { path, issue: precise } = preciseIssue(issue, []);
    if (precise.code === 'unrecognized_keys') {
      const messages = precise.message.split('\n');
      return precise.keys.map((key, index) =>
        problem(root, [...path, key], messages[index] ?? precise.message),
      );
    }
    return [problem(root, path, `${subject(path)}${precise.message}`)];
  });
}

/**
 * Of a union's branches, the one that the writer most likely meant: it went deepest, or knew the kind of the value and
 * only not one of its keys. Where all of them refuse the value as a whole, the union speaks itself.
 */
function preciseIssue(issue: Issue, above: readonly PropertyKey[]): { path: PropertyKey[]; issue: Issue } {
  const path = [...above, ...issue.path];
  const [key] = issue.code === 'invalid_key' ? issue.issues : [];
  if (key) return { path, issue: { ...key, path: [] } };
  if (issue.code !== 'invalid_union') return { path, issue };
  const candidates = issue.errors.flatMap(([first]) => (first ? [preciseIssue(first, path)] : []));
  const meant = candidates
    .filter((found) => found.path.length > path.length || found.issue.code === 'unrecognized_keys')
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (meant) return meant;
  const best = issue.message === 'Invalid input' ? candidates.at(-1) : undefined;
  return best ?? { path, issue };
}

function problem(root: Located, path: readonly PropertyKey[], message: string): Problem {
  const { file, line } = locate(root, path);
  return { code: 'checks-invalid', place: { file, line }, message };
}

/** The key that it is about; an index means nothing to a reader who is shown the line. */
function subject(path: readonly PropertyKey[]): string {
  const key = path.findLast((part) => typeof part === 'string');
  return key === undefined ? '' : `\`${key.slice(0, 80)}\`: `;
}
