import { choice, duration, flag, integer, lines, metadata, text } from '../kinds.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Which effect: who, what and which day, or keys that the caller made. */
export const keyInputs = {
  action: text('a name such as invite')
    .optional()
    .describe('What is done. Together with `recipient` and `day` it makes the key.'),
  recipient: text('a name or an address')
    .optional()
    .describe(
      'To whom. Only its digest reaches the ledger: set SHIP_PROOF_KEY_SECRET so that nobody can guess it.',
    ),
  day: text('YYYY-MM-DD, or none')
    .optional()
    .describe(
      'The day the key is for. Default: today (UTC). `none` leaves the day out, so that only `window` counts.',
    ),
  key: lines('keys, one per line')
    .optional()
    .describe('Instead of the three above: the keys themselves, one per line, all in one transaction.'),
} as const;

export const claimInputs = {
  ...keyInputs,
  window: duration(SECOND_MS, 400 * DAY_MS)
    .prefault('30d')
    .describe('How long the effect must not be repeated, counted from when it was recorded.'),
  payload: text('any text')
    .optional()
    .describe(
      'What is sent, or its digest. The same key with another payload is refused; only a digest is kept.',
    ),
  lease: duration(SECOND_MS, 7 * DAY_MS)
    .prefault('20m')
    .describe('How long the holder may take. A claim that is not recorded by then is in doubt.'),
  ...clockInputs(),
} as const;

export function clockInputs() {
  return {
    'max-skew': duration(0, DAY_MS)
      .prefault('60s')
      .describe('How far another host’s clock may be off: what it wrote ends this much later.'),
  } as const;
}

export const runInputs = {
  run: text('a script')
    .optional()
    .describe(
      'The script to run (bash -eo pipefail; on Windows pwsh). On the command line, a command may stand after `--` instead.',
    ),
  'pass-env': lines('names of environment variables')
    .optional()
    .describe(
      'Variables to pass to the command although they are withheld by default (credentials of the runner and of ship-proof).',
    ),
  'on-failure': choice(['hold', 'release'])
    .prefault('hold')
    .describe(
      'What happens to the claim when the command fails: `hold` keeps it in doubt, `release` frees the key.',
    ),
} as const;

export const fenceInput = integer(1, Number.MAX_SAFE_INTEGER)
  .optional()
  .describe('The fence that the claim was granted with.');

/** What may stand in a ledger that others can read: short names, numbers and ids, and no free text. */
export const metaInput = metadata()
  .optional()
  .describe(
    'What to keep with the record: `name: value` lines of ids, numbers and short names, such as a message id.',
  );

export const confirmInput = flag()
  .prefault(false)
  .describe('Confirms that the effect did not happen. Recorded in the ledger with your name.');
