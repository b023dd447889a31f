import { describe, expect, it } from 'vitest';
import { readChecks } from '../../src/modes/checks-input.ts';

describe('a file of checks', () => {
  it.skipIf(process.platform === 'win32')(
    'is read as far as it may be long, however long it is',
    async () => {
      await expect(readChecks('/dev/zero', '/', {})).rejects.toThrow('larger than 524288 bytes');
    },
  );
});
