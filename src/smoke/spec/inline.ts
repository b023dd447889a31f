import type { Place } from '../../config/place.ts';
import type { Check } from '../../proof/schema.ts';

/** The name of the "file" that checks stand in which were given as an input: no annotation can point there. */
export const INLINE = 'input `checks`';

/** Where a check of the proof points to. */
export const atOf = ({ file, line }: Place): Pick<Check, 'at'> =>
  file === INLINE ? {} : { at: { file, line } };
