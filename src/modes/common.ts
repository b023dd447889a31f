import { duration, text } from './kinds.ts';

const DAY_MS = 86_400_000;

/** The inputs that every mode takes. */
export const commonInputs = {
  config: text('a path')
    .optional()
    .describe('Config file. Default: `ship-proof.yml`, then `.github/ship-proof.yml`; absent is fine.'),
  out: text('a path')
    .optional()
    .describe(
      'Folder for proof.json, junit.xml and tests.tap. On the command line nothing is written unless given.',
    ),
  timeout: duration(100, DAY_MS)
    .optional()
    .describe('Hard limit on the whole run; it holds even when the program is stuck.'),
} as const;

/** The outputs that every mode has. */
export const commonOutputs = {
  'proof-outcome': 'passed, skipped, halted, failed, invalid, inconclusive or refused',
  proof: 'Path of proof.json',
  summary: 'One line that says what was proved, or why not',
} as const;
