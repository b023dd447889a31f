import { join } from 'node:path';
import type { LastWords } from '../ports/hard-limit.ts';
import { logfmt } from '../proof/encode.ts';
import { EXIT_CODES } from '../proof/outcome.ts';
import type { Proof } from '../proof/schema.ts';
import { PROOF_FILE, proofText } from './files.ts';
import { summaryLine } from './summary.ts';
import { verdictLine } from './verdict-line.ts';

/** Where a front says things, for whoever has to say them in its place. */
export interface Channels {
  readonly logFd: 1 | 2;
  /** Print the proof on stdout. */
  readonly json: boolean;
  /** The runner's file for outputs. */
  readonly outputFile: string | undefined;
}

/** What is said of a run that could not say it itself; with the verdict's line, where the mode has one. */
export function lastWords(
  proof: Proof,
  channels: Channels,
  folder: string | undefined,
  hasVerdict = false,
): LastWords {
  const { outcome, mode } = proof;
  const path = folder === undefined ? undefined : join(folder, PROOF_FILE);
  const line = `${mode} ${logfmt({ outcome, exit: EXIT_CODES[outcome], summary: summaryLine(proof), proof: path })}`;
  const outputs = `proof-outcome=${outcome}\nproof=${path ?? ''}\nsummary=${summaryLine(proof)}\n`;
  return {
    texts: [
      { fd: channels.logFd, text: `${line}\n` },
      ...(channels.json ? [{ fd: 1 as const, text: proofText(proof) }] : []),
      ...(hasVerdict ? [{ fd: channels.logFd, text: `${verdictLine(proof)}\n` }] : []),
    ],
    files: [
      ...(path === undefined ? [] : [{ path, content: proofText(proof), append: false }]),
      ...(channels.outputFile === undefined
        ? []
        : [{ path: channels.outputFile, content: outputs, append: true }]),
    ],
  };
}
