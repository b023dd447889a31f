import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../proof/errors.ts';
import type { Proof } from '../proof/schema.ts';
import { reportOf } from './html-report.ts';
import { junitOf } from './junit.ts';
import { picturesOf } from './pictures.ts';
import { tapOf } from './tap.ts';

export const PROOF_FILE = 'proof.json';
const REPORT_FILE = 'report.html';

export const proofText = (proof: Proof): string => `${JSON.stringify(proof, null, 2)}\n`;

/** Makes sure, before anything else happens, that the evidence will have its place, if one is wanted. Throws `out-unwritable`. */
export async function prepareFolder(folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return folder;
  } catch (error) {
    throw invalid(
      'out-unwritable',
      `the folder ${folder} (input \`out\`) can't be written: ${(error as NodeJS.ErrnoException).code}`,
      { cause: error },
    );
  }
}

/** Writes the evidence into a folder that is there, and says where the proof stands. */
export async function writeEvidence(folder: string, proof: Proof): Promise<{ readonly proof: string }> {
  await replace(join(folder, 'junit.xml'), junitOf(proof));
  await replace(join(folder, 'tests.tap'), tapOf(proof));
  await writeReport(folder, proof, folder);
  await replace(join(folder, PROOF_FILE), proofText(proof));
  return { proof: join(folder, PROOF_FILE) };
}

/** Writes the page for people, with the pictures that stand in a folder; returns its path. */
export async function writeReport(folder: string, proof: Proof, picturesFrom: string): Promise<string> {
  const path = join(folder, REPORT_FILE);
  await replace(path, reportOf(proof, await picturesOf(proof, picturesFrom)));
  return path;
}

/** A reader sees the old file or the new one, never half of one; a link that stands there is replaced, not followed. */
export async function replace(path: string, content: string | AsyncIterable<string>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
  try {
    await file.writeFile(content).finally(() => file.close());
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
