import { integer } from '../kinds.ts';
import { tickInputs } from '../tick/inputs.ts';

/** What every mode that tells of a runner has to know of its config. */
export const accountInputs = {
  runner: tickInputs.runner,
  'clock-days': integer(1, 365).prefault(14).describe('How many UTC days in a row the clock has to run.'),
} as const;
