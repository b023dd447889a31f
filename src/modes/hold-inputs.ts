import { REASON, SCOPES, type Scope } from '../holds/hold.ts';
import { choice, text } from './kinds.ts';

export const scopeInput = choice([...SCOPES, 'all'])
  .prefault('all')
  .describe('What to hold: the ticks of all runners, deploys (every phase but `build`), or both.');

export const reasonInput = (fallback: string) => {
  const kind = text('one printable line of at most 200 characters');
  return kind
    .refine((value) => REASON.test(value), 'is not one printable line of at most 200 characters')
    .meta({ ...kind.meta() })
    .prefault(fallback);
};

export const scopesOf = (scope: Scope | 'all'): readonly Scope[] => (scope === 'all' ? SCOPES : [scope]);
