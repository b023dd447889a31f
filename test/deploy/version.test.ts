import { describe, expect, it } from 'vitest';
import { commitOfBuildId, epochOfBuildId } from '../../src/deploy/version.ts';

describe('a build id', () => {
  it.each([
    ['build-1767225600-1a2b3c4', 1_767_225_600, '1a2b3c4'],
    ['build-1767225600-nogit', 1_767_225_600, undefined],
    ['build-1767225600-abc', 1_767_225_600, undefined],
    ['1767225600-1a2b3c4', 1_767_225_600, '1a2b3c4'],
    ['v1.2.3', undefined, undefined],
    ['build-17672256001-1a2b3c4', undefined, undefined],
  ])('%s tells its epoch and commit', (id, epoch, commit) => {
    expect([epochOfBuildId(id), commitOfBuildId(id)]).toEqual([epoch, commit]);
  });
});
