import { describe, expect, it } from 'vitest';
import { eventsWith, FRONTS, polls, prove } from './prove.ts';

const lastLine = (stdout: string): string => stdout.trimEnd().split('\n').at(-1) ?? '';

describe.each(FRONTS)('demo (%s)', (front) => {
  it.concurrent('waits out the edge, and says last what is deployed', async () => {
    const run = await prove(front, 'demo', {});
    expect(run.code).toBe(0);
    const wanted = eventsWith(run, 'deployed')[0]?.deployed ?? '';
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('DEPLOYED'))).toEqual([`DEPLOYED ${wanted}`]);
    if (front === 'command line') expect(lines.at(-1)).toBe(`DEPLOYED ${wanted}`);
    const served = polls(run).map((fields) => fields.served);
    expect(served[0]).not.toBe(wanted);
    expect(served.at(-1)).toBe(wanted);
    expect(run.outputs.deployed).toBe('true');
    expect(run.proof).toMatchObject({ mode: 'demo', outcome: 'passed', result: { verdict: 'live' } });
  });

  it.concurrent.each([
    ['stale', 1, 'stale-edge'],
    ['wrong', 1, 'old-build'],
    ['down', 3, 'unreachable'],
  ])('refuses to say so when it is broken: %s', async (broken, code, verdict) => {
    const run = await prove(front, 'demo', { broken });
    expect([run.code, run.outputs.verdict, run.outputs.deployed]).toEqual([code, verdict, 'false']);
    expect(run.stdout).not.toMatch(/^DEPLOYED/m);
    expect(run.stdout).toMatch(/^NOT DEPLOYED live:/m);
    if (front === 'command line')
      expect(lastLine(run.stdout)).toMatch(new RegExp(`^NOT DEPLOYED live:\\S+: ${verdict}`));
  });

  it.concurrent.each([
    ['smoke', 'smoke:home'],
    ['tools', 'smoke:tools'],
  ])('refuses to say so when the new build is live and wrong: %s', async (broken, check) => {
    const run = await prove(front, 'demo', { broken });
    expect([run.code, run.outputs.verdict, run.outputs.deployed]).toEqual([1, 'live', 'false']);
    expect(run.stdout).not.toMatch(/^DEPLOYED/m);
    expect(run.stdout).toMatch(new RegExp(`^NOT DEPLOYED ${check}`, 'm'));
  });
});
