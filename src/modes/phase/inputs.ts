import { z } from 'zod';
import { DEFAULT_PLAN } from '../../deploy/records.ts';
import { ARTIFACT_ID } from '../../deploy/version.ts';
import { signatureInputs } from '../audit-attested.ts';
import { clockInputs, runInputs } from '../claims/inputs.ts';
import { commonInputs } from '../common.ts';
import { buildId, choice, duration, flag, integer, lines, text, urls } from '../kinds.ts';
import { storeInputs } from '../store.ts';

const DAY_MS = 86_400_000;

const named = (pattern: RegExp, allowed: string) => z.string().trim().regex(pattern).meta({ allowed });

/** Names that become a part of a record's path. */
export const environmentInput = named(
  /^(?!.*\.json$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'a name of letters, digits, `.`, `_` and `-`',
)
  .prefault('production')
  .describe(
    'The environment. Each has its own pointer to the current version, and its own map in the config’s `deploy`.',
  );

export const PHASE_NAME = /^(?!rollback$)[a-z][a-z0-9-]{0,39}$/;

/** `true`, or a map of inputs of `verify-live`; on a command line as YAML or JSON. */
const verify = z
  .union([z.boolean(), z.string().trim().min(1), z.record(z.string(), z.json())])
  .meta({ allowed: 'true, false, or a map of verify-live’s inputs such as { within: 5m }' });

/** What `phase` and `rollback` share. */
export const deployInputs = {
  environment: environmentInput,
  'stale-after': duration(1_000, 7 * DAY_MS)
    .prefault('20m')
    .describe(
      'A phase whose holder gave no sign of life for this long is orphaned: the next process takes it over.',
    ),
  ...clockInputs(),
  wait: duration(0, DAY_MS)
    .optional()
    .describe(
      'How long to wait for a live holder. Default: 0s; for a promotion behind one of a lower version 10m.',
    ),
  verify: verify
    .prefault(false)
    .describe(
      'Run `verify-live` afterwards, also if the build was already promoted; its `url` defaults to `urls`.',
    ),
  urls: urls()
    .optional()
    .describe(
      'The environment’s own URLs: those that `verify` looks at, and those that a required proof has to cover.',
    ),
  run: runInputs.run,
  'pass-env': runInputs['pass-env'],
} as const;

export const phaseInput = z.strictObject({
  phase: named(PHASE_NAME, 'a name such as build, publish or promote').describe(
    'Which phase: build, publish, promote, or one of the config’s own `phases`.',
  ),
  'deploy-id': buildId().optional().describe('The name of the deploy. Default: the build id.'),
  'build-id': buildId()
    .optional()
    .describe('The id that `stamp` wrote into the build. Default: the deploy id.'),
  version: integer(0, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe(
      'The number that promotions are ordered by. Default: what an earlier phase gave, else the epoch seconds in the build id.',
    ),
  'artifact-id': named(ARTIFACT_ID, 'up to 200 letters, digits and . _ : / @ + = -')
    .optional()
    .describe(
      'The artifact that is deployed. Default: the one that an earlier phase named, else the deploy id.',
    ),
  phases: lines('names of phases in their order, one per line')
    .prefault([...DEFAULT_PLAN])
    .describe('The phases, in order.'),
  'require-proof': choice(['true', 'false', 'attested'])
    .or(z.boolean().transform((given): 'true' | 'false' => (given ? 'true' : 'false')))
    .meta({ allowed: 'true, false or attested' })
    .prefault('false')
    .describe(
      'Promote only what `prove` proved in the last 24 h: this build, artifact, commit and `urls`. `attested`: the proof has to be signed, too.',
    ),
  proof: text('a path')
    .optional()
    .describe('With `require-proof: attested`: the proof.json that `prove` wrote and signed.'),
  ...signatureInputs,
  'allow-unknown-commit': flag()
    .prefault(false)
    .describe('Promote even if the build’s commit is not in the checked-out history. Recorded in the proof.'),
  state: choice(['begin', 'heartbeat', 'done', 'failed'])
    .optional()
    .describe(
      'Instead of `run`, for a workflow that does the work in steps of its own: what this step reports.',
    ),
  fence: integer(1, Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('The `fence` that `state: begin` put out; every other `state` needs it.'),
  ...deployInputs,
  ...storeInputs,
  ...commonInputs,
});
export type PhaseInput = z.output<typeof phaseInput>;

/** What the config can't give, because it differs from run to run or would weaken a guard for all of them. */
export const NOT_IN_CONFIG = [
  'phase',
  'deploy-id',
  'build-id',
  'version',
  'artifact-id',
  'proof',
  'bundle',
  'state',
  'fence',
  'run',
  'pass-env',
  'to',
  'from',
  'confirm-destructive',
  'store',
  'namespace',
] as const;
