import { createHash } from 'node:crypto';
import type { Folder, FoundFile } from '../ports/fs.ts';
import { CodedError } from '../proof/errors.ts';
import { isText, refuseRecurring, replacePlaceholder, TEXT_LIMIT_BYTES } from './stamp-placeholder.ts';
import type { Output, StampedFile } from './stamp-record.ts';

export interface FilesStamped {
  /** Every page, and every other file in which a placeholder stood. */
  readonly outputs: readonly Output[];
  readonly replacements: number;
  readonly notSearched: readonly string[];
}

/** Reads the files of a build and computes what they shall be; writes nothing. */
export async function stampFiles(
  folder: Folder,
  build: readonly FoundFile[],
  isPage: (file: FoundFile) => boolean,
  marks: { readonly meta: string; readonly placeholder?: string | undefined; readonly buildId: string },
): Promise<FilesStamped> {
  const { meta, placeholder, buildId } = marks;
  // The HTML parser is loaded only here: nobody else shall wait for it.
  const { stampHtml } = await import('./stamp-html.ts');
  const outputs: Output[] = [];
  const notSearched: string[] = [];
  let replacements = 0;

  for (const file of build) {
    const kind = isPage(file) ? 'page' : 'text';
    const isSmall = file.bytes <= TEXT_LIMIT_BYTES;
    if (placeholder !== undefined && !isSmall) notSearched.push(file.path);
    if (kind === 'text' && (placeholder === undefined || !isSmall)) continue;
    const before = await folder.read(file.path);
    if (before === undefined) continue;

    const sought = isSmall && isText(before) ? placeholder : undefined;
    const { bytes, count } = replacePlaceholder(before, sought, buildId);
    if (kind === 'text' && count === 0) continue;
    replacements += count;
    const after = naming(file.path, () => {
      const content = kind === 'page' ? stampHtml(bytes, meta, buildId).bytes : bytes;
      refuseRecurring(content, sought);
      return content;
    });
    outputs.push(output(file.path, kind, after, after !== before));
  }
  return { outputs, replacements, notSearched };
}

/** A whole file of ours: it is changed unless it holds these bytes already. */
export async function ownFile(
  folder: Folder,
  path: string,
  kind: 'manifest' | 'build-id',
  text: string,
): Promise<Output> {
  const content = Buffer.from(text);
  const before = await folder.read(path);
  return output(path, kind, content, before === undefined || !content.equals(before));
}

const output = (path: string, kind: StampedFile['kind'], content: Uint8Array, changed: boolean): Output => ({
  path,
  kind,
  changed,
  sha256: createHash('sha256').update(content).digest('hex'),
  bytes: content.length,
  content,
});

/** Says of which file an error speaks. */
function naming<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new CodedError(error.outcome, error.code, `${path}: ${error.message}`, { cause: error });
  }
}
