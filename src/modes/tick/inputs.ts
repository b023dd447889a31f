import { createHash } from 'node:crypto';
import { z } from 'zod';
import { WORD } from '../../runner/entries.ts';
import { METERS } from '../../runner/meter.ts';
import { ASKED_TRIGGERS } from '../../runner/tick-trigger.ts';
import { clockInputs, runInputs } from '../claims/inputs.ts';
import { commonInputs } from '../common.ts';
import { choice, duration, integer, money, text } from '../kinds.ts';
import { storeInputs } from '../store.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** A name that may stand in a public ledger. */
const named = (pattern: RegExp, allowed: string) => {
  const kind = text(allowed);
  return kind.refine((value) => pattern.test(value), 'is no such name').meta({ ...kind.meta() });
};

/** Like an environment's, it names a folder of records, which none may that ends in `.json`. */
export const runnerInput = named(
  /^(?!.*\.json$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'at most 64 letters, digits, `.`, `_` and `-`, beginning with a letter or digit, and not ending in `.json`',
).describe('The runner’s name. Each runner has its own books, cap and breaker.');

export const tickInputs = {
  runner: runnerInput,
  run: runInputs.run,
  'pass-env': runInputs['pass-env'],
  'spend-cap': money(0).describe('How much the runner may spend in a UTC day.'),
  estimate: money(1).describe(
    'How much is reserved before a tick runs, and charged if its cost is not known.',
  ),
  meter: choice(METERS)
    .prefault('report')
    .describe(
      'Where the cost is read from: `report` reads the lines that the command adds to `$SHIP_PROOF_REPORT`, `claude` also the JSON results that Claude Code prints.',
    ),
  'unit-value': money(0)
    .optional()
    .describe('What one reported unit is worth if the command reports no `value_usd`.'),
  'max-runtime': duration(100, DAY_MS).prefault('30m').describe('A tick that takes longer is stopped.'),
  grace: duration(0, 10 * 60 * SECOND_MS)
    .prefault('10s')
    .describe('How long a stopped command has between SIGTERM and SIGKILL.'),
  'kill-file': text('a path')
    .optional()
    .describe(
      'While anything exists at this path, nothing runs. Its folder must exist; if it does not, the switch counts as unreadable.',
    ),
  every: duration(SECOND_MS, 31 * DAY_MS)
    .optional()
    .describe(
      'Command line only: keep running, with a tick at every multiple of this since 1970-01-01 UTC, or at each slot of `cadence` if there is one.',
    ),
  cadence: text('five cron fields, and a time zone if it is not UTC')
    .optional()
    .describe('When ticks are due, such as `0 */4 * * *`. A scheduled tick runs once for each slot.'),
  trigger: choice(ASKED_TRIGGERS)
    .optional()
    .describe(
      'Who asks for the tick where no platform says so; in a crontab or a timer, give `schedule`. Default: manual; with `every`, schedule.',
    ),
  'watchdog-ticks': integer(1, 1_000)
    .prefault(3)
    .describe('This many ticks in a row without value raise an alert.'),
  'breaker-ticks': integer(1, 1_000)
    .prefault(3)
    .describe('This many ticks in a row that fail in the same way halt the runner until it is rearmed.'),
  label: named(WORD, 'at most 64 letters, digits, `.`, `_`, `/` and `-`, beginning with a letter or digit')
    .optional()
    .describe('A label to compare costs by: `free`, `paid`, a model’s name.'),
  ...clockInputs(),
} as const;

export const tickInput = z.strictObject({ ...tickInputs, ...storeInputs, ...commonInputs });
export type TickInput = z.output<typeof tickInput>;

/** The inputs that the controls depend on: drills prove them, and the clock counts, for just these values. */
const CONTROLLED = [
  'runner',
  'spend-cap',
  'estimate',
  'meter',
  'unit-value',
  'max-runtime',
  'grace',
  'kill-file',
  'cadence',
  'watchdog-ticks',
  'breaker-ticks',
  'label',
] as const;

/**
 * The digest of a runner's config. The command is not part of it, so that a drill with a stand-in proves the same
 * config; nor is how ticks are started, since only their slots count.
 */
export const configDigest = (given: Pick<TickInput, (typeof CONTROLLED)[number]>): string =>
  createHash('sha256')
    .update(JSON.stringify(CONTROLLED.map((name) => [name, given[name] ?? null])))
    .digest('hex');
