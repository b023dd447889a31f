import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Proof } from '../proof/schema.ts';

const NAME = /^screenshot-[a-z0-9-]{1,100}\.png$/;
const PNG = Buffer.from('89504e470d0a1a0a', 'hex');
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_TOTAL_BYTES = 8 * 1024 * 1024;

/**
 * The pictures in a folder that a proof's attempts name. Only a plain PNG file of ours, that is no link and not too large, is
 * taken; one that can't be had is left out, since it is a help and no proof.
 */
export async function picturesOf(proof: Proof, folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const values = proof.checks.flatMap(({ attempts = [] }) =>
    attempts.flatMap(({ observed }) => Object.values(observed)),
  );
  const names = new Set(values.filter((value) => typeof value === 'string' && NAME.test(value)) as string[]);
  const pictures = new Map<string, Uint8Array>();
  let left = MAX_TOTAL_BYTES;
  for (const name of names) {
    const png = await readPicture(join(folder, name), Math.min(left, MAX_BYTES));
    if (!png) continue;
    pictures.set(name, png);
    left -= png.length;
  }
  return pictures;
}

async function readPicture(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    await using file = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    const { size } = await file.stat();
    if (size > maxBytes || size < PNG.length) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
    return bytesRead === size && buffer.subarray(0, PNG.length).equals(PNG) ? buffer : undefined;
  } catch {
    return undefined; // Not there, or no file: the attempt's own words tell why.
  }
}
