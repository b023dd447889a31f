import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';

/**
 * A file's bytes; undefined where there are more than `maxBytes`, whatever was named: a device may have no end. Rejects as the
 * file system does.
 */
export async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  // One byte more than is allowed tells that it is too large.
  const bytes = await buffer(createReadStream(path, { end: maxBytes }));
  return bytes.length > maxBytes ? undefined : bytes;
}
