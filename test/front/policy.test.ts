import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/config/policy.ts';
import { parseYaml } from '../../src/config/yaml.ts';
import { parseInput } from '../../src/front/parse.ts';
import { judgeInput, lockInputs } from '../../src/front/policy.ts';
import type { Mode } from '../../src/modes/mode.ts';
import { mode } from '../../src/modes/release.ts';
import { mode as retrospective } from '../../src/modes/retrospective.ts';
import { mode as tick } from '../../src/modes/tick.ts';

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

describe('a runner whose cap is locked', () => {
  const CONFIG = `
digest:
  estimate: 0.40
  meter: claude
  max-runtime: 20m
  grace: 5s
  kill-file: /srv/stop
  cadence: "0 */4 * * *"
  watchdog-ticks: 3
  breaker-ticks: 3
  max-skew: 60s
  clock-days: 14
  label: paid
`;

  /** What a run gets that gives these inputs, from another config or anywhere else. */
  function understood(given: Readonly<Record<string, string>>, runners = CONFIG, own: unknown = tick) {
    const capped = parsePolicy(
      parseYaml('runners: { digest: { spend-cap: 5.00 } }', 'ship-proof.yml'),
      parseYaml(runners, 'ship-proof.yml'),
    );
    const raws = Object.entries({ runner: 'digest', ...given }).map(([name, value]) => ({
      name,
      value,
      source: `--${name}`,
    }));
    const input = parseInput(own as Mode, lockInputs(capped, own as Mode, raws)) as Record<string, unknown>;
    judgeInput(capped, own as Mode, input);
    return input;
  }

  it('has the controls of its config where a run gives none', () => {
    expect(understood({})).toMatchObject({
      'spend-cap': 5_000_000,
      estimate: 400_000,
      meter: 'claude',
      'max-runtime': 1_200_000,
      'kill-file': '/srv/stop',
    });
  });

  it.each([
    ['estimate', '0.399999', '0.40'],
    ['meter', 'report', 'claude'],
    ['max-runtime', '1201s', '1200s'],
    ['grace', '5001ms', '0s'],
    ['kill-file', '/tmp/stop', '/srv/stop'],
    ['cadence', '* * * * *', '0 */4 * * *'],
    ['watchdog-ticks', '4', '1'],
    ['breaker-ticks', '4', '1'],
    ['max-skew', '59s', '2m'],
  ])('keeps its %s from %s, and lets it be %s', (name, looser, tighter) => {
    expect(() => understood({ [name]: looser })).toThrow(
      expect.objectContaining({ code: 'policy-control', outcome: 'refused' }),
    );
    expect(understood({ [name]: tighter })).toHaveProperty(name);
  });

  it('keeps its clock from being done sooner, and may be compared under any label', () => {
    const days = (count: string) => understood({ 'clock-days': count }, CONFIG, retrospective);
    expect(() => days('1')).toThrow(/`clock-days` of digest is 14 \(ship-proof.yml:\d+\).* only be raised/);
    expect(days('15')).toMatchObject({ 'clock-days': 15 });
    expect(understood({ label: 'free' })).toMatchObject({ label: 'free' });
  });

  it('runs only where its config says what a tick of unknown cost is charged', () => {
    expect(() => understood({ estimate: '5' }, 'digest: { grace: 5s }')).toThrow(
      /give `estimate` in `runners: digest`/,
    );
  });

  it('has no control by a variable, which whoever runs it could set', () => {
    const config = `digest: { estimate: 1, kill-file: "\${HOME}/stop" }`;
    expect(() => understood({ 'kill-file': '/root/stop' }, config)).toThrow(/when it is written out/);
  });
});
