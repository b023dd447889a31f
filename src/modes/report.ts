import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { invalid } from '../proof/errors.ts';
import { conclude } from '../proof/proof.ts';
import { sanitize } from '../proof/sanitize.ts';
import { writeReport } from '../report/files.ts';
import { commonInputs } from './common.ts';
import { text } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { readProofFile } from './proof-file.ts';

const { out: _, ...common } = commonInputs;

const input = z.strictObject({
  proof: text('a path').describe('The proof.json of an earlier run.'),
  out: text('a path').optional().describe('The folder for report.html. Default: that of the proof.'),
  ...common,
});

export const mode = defineMode({
  name: 'report',
  summary: 'Turns the proof.json of any run into one HTML page, without scripts or requests.',
  input,
  fillsOut: true,
  outputs: { files: 'The path of the page' },
  run: report,
});

async function report(given: z.output<typeof input>, ports: Ports) {
  const startedAtMs = ports.clock.now();
  const proof = sanitize(await readProofFile(given.proof, ports.cwd), ports.secrets);
  const from = dirname(resolve(ports.cwd, given.proof));
  const folder = given.out === undefined ? from : resolve(ports.cwd, given.out);
  const file = await write(folder, () => writeReport(folder, proof, from));
  return conclude({
    mode: 'report',
    startedAtMs,
    endedAtMs: ports.clock.now(),
    subject: { proof: resolve(ports.cwd, given.proof) },
    checks: [
      { id: 'written', status: 'pass', title: 'the page is written', expected: 'a file', observed: file },
    ],
    result: { files: [file] },
  });
}

async function write(folder: string, work: () => Promise<string>): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw invalid('out-unwritable', `report.html can't be written into ${folder} (input \`out\`): ${code}`, {
      cause: error,
    });
  }
}
