import { z } from 'zod';
import { decideRecord } from '../once/decide.ts';
import { clockInputs, fenceInput, keyInputs, metaInput } from './claims/inputs.ts';
import { commonInputs } from './common.ts';
import { defineMode } from './mode.ts';
import { settleClaim, settleOutputs } from './settle/claim.ts';
import { storeInputs } from './store.ts';

export const mode = defineMode({
  name: 'record',
  summary: 'Records that the effect of a claim happened, so that it is not repeated within its window.',
  input: z.strictObject({
    ...keyInputs,
    fence: fenceInput,
    meta: metaInput,
    ...clockInputs(),
    ...storeInputs,
    ...commonInputs,
  }),
  outputs: settleOutputs,
  run: (given, ports) => {
    const note = given.meta === undefined ? {} : { meta: given.meta };
    return settleClaim(
      'record',
      given,
      ports,
      (claim, moment) => decideRecord(claim, given.fence, moment),
      note,
    );
  },
});
