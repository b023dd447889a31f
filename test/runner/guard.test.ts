import { describe, expect, it } from 'vitest';
import { environmentGuard, type Guard, haltOf, stopping } from '../../src/runner/guard.ts';

const name = 'kill-environment';

describe('the kill flag in the environment', () => {
  it('is off where it is not set', () => {
    expect(environmentGuard(undefined)).toEqual({ name, state: 'off', observed: 'not set' });
  });

  it.each(['', ' ', '0', 'false', 'off', 'no', 'FALSE', ' Off\n'])('is off with %j', (value) => {
    expect(environmentGuard(value)).toEqual({ name, state: 'off', observed: 'off' });
  });

  it.each(['1', 'true', 'on', 'yes', 'kill', 'TRUE', ' Kill\n'])('is set with %j', (value) => {
    expect(environmentGuard(value)).toEqual({ name, state: 'set', observed: 'SHIP_PROOF_KILL is set' });
  });

  it.each(['perhaps', 'tru', '2', 'not', 'o n'])(
    'can’t be read with %j, and says which words can',
    (value) => {
      expect(environmentGuard(value)).toEqual({
        name,
        state: 'unreadable',
        observed: 'SHIP_PROOF_KILL is neither 1, true, on, yes, kill nor 0, false, off, no, or empty',
      });
    },
  );
});

describe('of several kill flags', () => {
  const guard = (name: Guard['name'], state: Guard['state']): Guard => ({ name, state, observed: '' });
  const environment = guard('kill-environment', 'off');
  const file = guard('kill-file', 'set');
  const flag = guard('kill-flag', 'unreadable');

  it('none stops while all are off', () => {
    expect(stopping([])).toBeUndefined();
    expect(stopping([environment, guard('kill-file', 'off')])).toBeUndefined();
  });

  it('one that is set stops, by its name', () => {
    expect(stopping([environment, file])).toBe(file);
    expect(haltOf(file)).toBe('kill-file');
  });

  it('one that can’t be read comes first, since it may hide more', () => {
    expect(stopping([environment, file, flag])).toBe(flag);
    expect(haltOf(flag)).toBe('guard-unreadable');
  });

  it('the first of two that are set is named', () => {
    expect(stopping([file, guard('kill-flag', 'set')])).toBe(file);
  });
});
