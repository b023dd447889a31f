import { commonInputs } from '../common.ts';
import { choice, duration, flag, integer, lines, metadata, text } from '../kinds.ts';
import { storeInputs } from '../store.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Which effect: who, what and which day, or keys that the caller made. */
export const keyInputs = {
  action: text('a name such as invite')
    .optional()
    .describe('What is done. With `recipient` and `day` it makes the key.'),
  recipient: text('a name or an address')
    .optional()
    .describe(
      'To whom. Only its digest reaches the ledger: set SHIP_PROOF_KEY_SECRET so that nobody can guess it.',
    ),
  day: text('YYYY-MM-DD, or none')
    .optional()
    .describe(
      'The day that the key is for; default today (UTC). `none` leaves the day out, so that `window` alone counts.',
    ),
  key: lines('keys, one a line')
    .optional()
    .describe('In place of the three above: the keys themselves, one a line, all in one transaction.'),
} as const;

export const claimInputs = {
  ...keyInputs,
  window: duration(SECOND_MS, 400 * DAY_MS)
    .prefault('30d')
    .describe('How long the effect is not to be repeated, from when it was recorded.'),
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
      .describe('How far another host’s clock may be wrong: what it wrote ends this much later.'),
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
      'Variables that the command may see although they are withheld: the runner’s and our own credentials.',
    ),
  'on-failure': choice(['hold', 'release'])
    .prefault('hold')
    .describe(
      'What becomes of the claim when the command fails: it stays in doubt, or the key is free again.',
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
  .describe('Yes, I know that it did not happen. It stands in the ledger with my name.');

export { commonInputs, storeInputs };
