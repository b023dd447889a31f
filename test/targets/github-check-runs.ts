import type { Fields, StoredCheckRun } from './github-api.ts';

const STATUSES = ['queued', 'in_progress', 'completed'];
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'timed_out'];
const LEVELS = ['notice', 'warning', 'failure'];
/** By the API's documentation: characters of summary and text, annotations of a request, bytes of a message. */
const MAX_TEXT = 65_535;
const MAX_ANNOTATIONS = 50;
const MAX_MESSAGE = 64 * 1024;
const MAX_TITLE = 255;

/** Why the API would answer 422 to a check run's fields; undefined where it would take them. */
export function checkRunProblem(body: Fields, what: 'create' | 'update'): string | undefined {
  const { name, head_sha: sha, status, conclusion, output, external_id: externalId } = body;
  if (what === 'create' && (typeof name !== 'string' || name === '')) return '"name" wasn\'t supplied.';
  if (what === 'create' && !/^[0-9a-f]{40}$/.test(String(sha))) return 'No commit found for SHA: head_sha';
  if (what === 'update' && sha !== undefined) return '"head_sha" is not a permitted key.';
  if (status !== undefined && !STATUSES.includes(String(status))) return 'status is not a possible value';
  if (status === 'completed' && conclusion === undefined) return '"conclusion" wasn\'t supplied.';
  if (conclusion !== undefined && !CONCLUSIONS.includes(String(conclusion)))
    return 'conclusion is not a possible value';
  if (externalId !== undefined && typeof externalId !== 'string') return 'external_id is not a string';
  for (const time of [body.started_at, body.completed_at]) {
    if (time !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(time)))
      return 'not a valid date-time';
  }
  return output === undefined ? undefined : outputProblem(output as Fields);
}

function outputProblem(output: Fields): string | undefined {
  const { title, summary, text, annotations = [] } = output;
  if (typeof title !== 'string' || typeof summary !== 'string')
    return '"title", "summary" weren\'t supplied.';
  for (const long of [summary, text ?? '']) {
    if (String(long).length > MAX_TEXT) return `Only ${MAX_TEXT} characters are allowed`;
  }
  if (!Array.isArray(annotations)) return 'annotations is not an array';
  if (annotations.length > MAX_ANNOTATIONS)
    return `No more than ${MAX_ANNOTATIONS} items are allowed; ${annotations.length} were supplied.`;
  return annotations.map(annotationProblem).find((problem) => problem !== undefined);
}

function annotationProblem(annotation: Fields): string | undefined {
  for (const key of ['path', 'start_line', 'end_line', 'annotation_level', 'message']) {
    if (annotation[key] === undefined) return `"${key}" wasn't supplied.`;
  }
  const { path, start_line: start, end_line: end, annotation_level: level, message, title } = annotation;
  if (String(path).startsWith('/') || String(path).split('/').includes('..')) return 'path is not relative';
  if (!Number.isInteger(start) || !Number.isInteger(end) || Number(start) < 1 || Number(end) < Number(start))
    return 'lines are not valid';
  if (!LEVELS.includes(String(level))) return 'annotation_level is not a possible value';
  if (Buffer.byteLength(String(message)) > MAX_MESSAGE) return 'message exceeds 64 KB';
  if (title !== undefined && String(title).length > MAX_TITLE) return 'title is too long';
  return undefined;
}

/** A check run as the API shows it. */
export function shownCheckRun(
  { id, fields, annotations }: StoredCheckRun,
  repository: string,
  origin: string,
) {
  return {
    id,
    node_id: `CR_${id}`,
    conclusion: null,
    completed_at: null,
    ...fields,
    url: `${origin}/repos/${repository}/check-runs/${id}`,
    html_url: `https://github.com/${repository}/runs/${id}`,
    output: { ...(fields.output as Fields | undefined), annotations_count: annotations.length },
  };
}
