import { invalid } from '../proof/errors.ts';
import type { StampHistory } from './stamp-record.ts';

export const TEXT_LIMIT_BYTES = 20 * 1024 * 1024;
const SNIFFED_BYTES = 8192;

/** What git calls text: no NUL near the beginning. */
export const isText = (bytes: Uint8Array): boolean => !bytes.subarray(0, SNIFFED_BYTES).includes(0);

/** Replaces the placeholder by the id wherever it stands. The file's encoding is that of the placeholder: UTF-8. */
export function replacePlaceholder(
  bytes: Uint8Array,
  placeholder: string | undefined,
  buildId: string,
): { readonly bytes: Uint8Array; readonly count: number } {
  if (placeholder === undefined) return { bytes, count: 0 };
  const sought = latin1(Buffer.from(placeholder, 'utf8'));
  const parts = latin1(bytes).split(sought);
  if (parts.length === 1) return { bytes, count: 0 };
  return { bytes: Buffer.from(parts.join(buildId), 'latin1'), count: parts.length - 1 };
}

/** Refuses a placeholder that what is written holds again: the next run would replace it once more. */
export function refuseRecurring(written: Uint8Array, placeholder: string | undefined): void {
  if (placeholder === undefined || !latin1(written).includes(latin1(Buffer.from(placeholder, 'utf8'))))
    return;
  throw invalid(
    'stamp-placeholder',
    `the placeholder ${JSON.stringify(placeholder)} stands in the stamped text again (in the build id, in the meta ` +
      'name, or across an edge), so that stamping twice would not be harmless: choose a distinctive one, such as __BUILD_ID__',
  );
}

/**
 * A placeholder that has been replaced cannot be found again, so what the folder remembers decides:
 * - none left is an error, but right if this same id was stamped, or was being stamped when a run died;
 * - after a run that died with another id, nobody can tell where that id took the placeholder's place.
 */
export function judgePlaceholder(
  placeholder: string,
  count: number,
  buildId: string,
  history: StampHistory,
  dir: string,
): void {
  if (history.begun !== undefined && history.begun !== buildId) {
    throw invalid(
      'stamp-interrupted',
      `stamping ${dir} with ${history.begun} was interrupted, and some files may hold that id where the placeholder ` +
        `was: empty the folder and build again, or finish with the build id ${history.begun}`,
    );
  }
  if (count > 0 || history.done === buildId || history.begun === buildId) return;
  const was = history.done === undefined ? '' : `, and the folder is stamped with ${history.done} already`;
  throw invalid(
    'stamp-placeholder',
    `the placeholder ${JSON.stringify(placeholder)} occurs in no text file of ${dir}${was}: build again so that it ` +
      'does, or correct the input placeholder',
  );
}

/** One character a byte, so that whatever else is in the file stays as it is. */
const latin1 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
