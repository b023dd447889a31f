import { duration, flag, integer, secretText, text } from './kinds.ts';

const DAY_MS = 86_400_000;

/** The inputs that every mode takes. */
export const commonInputs = {
  config: text('a path')
    .optional()
    .describe('Config file. Default: `ship-proof.yml`, then `.github/ship-proof.yml`; absent is fine.'),
  out: text('a path')
    .optional()
    .describe(
      'Folder for proof.json, report.html, junit.xml and tests.tap. Default: in the action a folder under the runner’s temp folder; on the command line nothing is written.',
    ),
  token: secretText('a token')
    .optional()
    .describe(
      'Used for the ledger’s repository and the check run; the job’s `permissions` limit it. On the command line, set SHIP_PROOF_INPUT_TOKEN instead of the flag.',
    ),
  'check-run': flag()
    .optional()
    .describe(
      'Show the result as a check run on the commit (needs `checks: write`). Default: true in the action, false on the command line.',
    ),
  'check-name': text('a name')
    .optional()
    .describe('The name of the check run. Default: `ship-proof / <mode>`.'),
  artifact: flag()
    .optional()
    .describe(
      'Keep the evidence and the exported ledger as an artifact of the run. Action only; default: false.',
    ),
  'retention-days': integer(1, 90)
    .optional()
    .describe('How many days the artifact is kept. Default: the repository’s setting.'),
  attest: flag()
    .optional()
    .describe(
      'Sign the proof with the identity of the workflow (needs `id-token: write` and `attestations: write`). Action only; default: false.',
    ),
  timeout: duration(100, DAY_MS)
    .optional()
    .describe('Hard limit on the whole run; it holds even when the program is stuck.'),
} as const;

/** The outputs that every mode has. */
export const commonOutputs = {
  'proof-outcome': 'passed, skipped, halted, failed, invalid, inconclusive or refused',
  proof: 'Path of proof.json',
  artifact: 'The name of the run’s artifact that holds the evidence; empty where none was kept',
  summary: 'One line that says what was proved, or why not',
} as const;
