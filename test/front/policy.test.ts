import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/config/policy.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { lockInputs } from '../../src/front/policy.ts';
import type { Mode } from '../../src/modes/mode.ts';
import { mode } from '../../src/modes/release.ts';

const policy = parsePolicy(parseYaml('store: rediss://u:l0cked@redis.example/0', 'ship-proof.yml'));

/** What is said of a store that differs from the locked one. */
function said(store: string): string {
  try {
    lockInputs(policy, mode as unknown as Mode, [{ name: 'store', value: store, source: '--store' }]);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

describe('a locked store', () => {
  it('is told of without the passwords of both', () => {
    const message = said('redis://me:s3cr3t@p@ss@other.example/');
    expect(message).toContain('redis://***@other.example/ was given (from --store)');
    expect(message).toContain('allowed: `rediss://***@redis.example/0`');
    expect(message).not.toMatch(/l0cked|s3cr3t|p@ss/);
  });

  it('is told of at once where another is given that is as large as a config may be', () => {
    expect(said('/'.repeat(256 * 1024))).toContain('the policy locks `store`');
  });
});
