import { resolve } from 'node:path';
import { type Baseline, baselineSchema } from '../live/baseline.ts';
import { readAtMost } from '../ports/read-at-most.ts';
import { invalid } from '../proof/errors.ts';
import { parseJson } from '../proof/parse-json.ts';

/** What is larger is no baseline. */
const MAX_BYTES = 1024 * 1024;

/** The baseline given as JSON or as a file's path; an empty one is none. */
export async function loadBaseline(given: string | undefined, cwd: string): Promise<Baseline | undefined> {
  if (given === undefined) return undefined;
  const isJson = given.startsWith('{');
  const source = isJson
    ? 'the JSON in input `baseline`'
    : `the file ${resolve(cwd, given)} (input \`baseline\`)`;
  let text = given;
  if (!isJson) {
    const bytes = await readAtMost(resolve(cwd, given), MAX_BYTES).catch((error: NodeJS.ErrnoException) => {
      throw invalid('input-unreadable', `${source} can't be read: ${error.code}`, { cause: error });
    });
    text = new TextDecoder().decode(bytes);
  }
  const parsed = baselineSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw invalid(
    'input-invalid',
    `${source} is not a baseline that \`stamp\` wrote: give its output \`baseline\` unchanged`,
    {
      cause: parsed.error,
    },
  );
}
