import type { PermissionsValue } from './workflow-file.ts';

export type Level = 'none' | 'read' | 'write';

/** What a job's token may do, by permission; a name that is absent is `none`. */
export type Scopes = Readonly<Record<string, Level>>;

/** The names that `read-all` and `write-all` speak of (GitHub's documentation of `permissions`). */
const ALL = [
  ...['actions', 'artifact-metadata', 'attestations', 'checks', 'contents', 'deployments', 'discussions'],
  ...['id-token', 'issues', 'models', 'packages', 'pages', 'pull-requests', 'security-events', 'statuses'],
];

/** What a token may do where no workflow says it: the restricted setting, which new repositories have. */
export const RESTRICTED: Scopes = { contents: 'read', packages: 'read', metadata: 'read' };

const RANKS: Readonly<Record<Level, number>> = { none: 0, read: 1, write: 2 };

/** What `permissions:` asks for; undefined where nothing stands. To name one is to set all others to none. */
export function requested(value: PermissionsValue | undefined): Scopes | undefined {
  if (value === undefined) return undefined;
  if (value === 'read-all') return all('read');
  if (value === 'write-all') return all('write');
  return { metadata: 'read', ...(value as Record<string, Level> | null) };
}

/** What is asked for beyond what the caller's job has: then the whole run does not start. */
export const exceeding = (wanted: Scopes, ceiling: Scopes): string[] =>
  Object.entries(wanted).flatMap(([name, level]) =>
    name !== 'metadata' && RANKS[level] > RANKS[ceiling[name] ?? 'none']
      ? [`'${name}: ${level}', but is only allowed '${name}: ${ceiling[name] ?? 'none'}'`]
      : [],
  );

/** What becomes of them in a run that a fork's pull request started. */
export const readOnly = (scopes: Scopes): Scopes =>
  Object.fromEntries(
    Object.entries(scopes).map(([name, level]) => [
      name,
      name === 'id-token' ? 'none' : level === 'write' ? 'read' : level,
    ]),
  );

export const allows = (scopes: Scopes, name: string, level: Level): boolean =>
  RANKS[scopes[name] ?? 'none'] >= RANKS[level];

function all(level: Level): Scopes {
  // There is no reading of an id-token, and no writing of models.
  const own: Readonly<Record<string, Level>> = {
    'id-token': level === 'write' ? 'write' : 'none',
    models: 'read',
  };
  return { ...Object.fromEntries(ALL.map((name) => [name, level])), ...own, metadata: 'read' };
}
