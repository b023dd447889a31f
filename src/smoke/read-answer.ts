import { createHash } from 'node:crypto';
import { decode, UnreadableBody } from '../ports/decode.ts';
import type { HttpAnswer } from '../ports/http.ts';
import type { Answer, SetCookie } from './answer.ts';

/** Reads an answer to its end, within the bounds of `decode`. */
export async function readAnswer(
  answer: HttpAnswer,
  url: URL,
  cookies: readonly SetCookie[],
  nowMs: number,
): Promise<Omit<Answer, 'elapsedMs'>> {
  const { bytes, unread } = await readBody(answer);
  const text = decodeText(answer.header('content-type'), bytes);
  // At once, for the bytes are let go of: many pages are open beside one another, and each may be large.
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { certificateEndsAtMs: endsAtMs } = answer;
  return {
    status: answer.status,
    headers: (name) => answer.lines?.(name) ?? [answer.header(name)].filter((line) => line !== undefined),
    text,
    json: text,
    bytes: bytes.length,
    sha256: () => sha256,
    unread,
    url,
    cookies,
    certificateMs: endsAtMs === undefined ? undefined : endsAtMs - nowMs,
  };
}

async function readBody(
  answer: HttpAnswer,
): Promise<{ readonly bytes: Uint8Array; readonly unread: string | undefined }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of decode(answer.body, answer.header('content-encoding'))) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), unread: undefined };
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return { bytes: new Uint8Array(), unread: error.message };
  }
}

/** A charset that nobody knows is read as most texts are written. */
function decodeText(contentType = '', bytes: Uint8Array): string {
  const [, label] = /;\s*charset="?([\w-]+)/i.exec(contentType) ?? [];
  try {
    return new TextDecoder(label).decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder().decode(bytes);
    throw error;
  }
}
