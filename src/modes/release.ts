import { z } from 'zod';
import { decideRelease } from '../once/decide.ts';
import { clockInputs, confirmInput, fenceInput, keyInputs } from './claims/inputs.ts';
import { commonInputs } from './common.ts';
import { defineMode } from './mode.ts';
import { settleClaim, settleOutputs } from './settle/claim.ts';
import { storeInputs } from './store.ts';

export const mode = defineMode({
  name: 'release',
  summary: 'Frees the key of a claim whose effect did not happen.',
  input: z.strictObject({
    ...keyInputs,
    fence: fenceInput,
    'confirm-destructive': confirmInput,
    ...clockInputs(),
    ...storeInputs,
    ...commonInputs,
  }),
  outputs: settleOutputs,
  run: (given, ports) => {
    const command = { fence: given.fence, confirmed: given['confirm-destructive'] };
    return settleClaim('release', given, ports, (claim, moment) => decideRelease(claim, command, moment));
  },
});
