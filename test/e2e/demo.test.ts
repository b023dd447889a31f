import { describe, expect, it } from 'vitest';
import { lastLine } from './deployment.ts';
import { eventsWith, FRONTS, type Proved, polls, prove } from './prove.ts';

const outcomesOf = ({ proof }: Proved) =>
  Object.fromEntries(
    Object.entries(proof?.result.parts as Record<string, { outcome: string }>).map(([name, { outcome }]) => [
      name,
      outcome,
    ]),
  );

describe.each(FRONTS)('demo (%s)', (front) => {
  it.concurrent('waits out the edge, and says last what is deployed', async () => {
    const run = await prove(front, 'demo', {});
    expect(run.code).toBe(0);
    const wanted = eventsWith(run, 'deployed')[0]?.deployed ?? '';
    const lines = run.stdout.trimEnd().split('\n');
    expect(lines.filter((line) => line.startsWith('DEPLOYED'))).toEqual([`DEPLOYED ${wanted}`]);
    expect(lines.at(-1)).toBe(`DEPLOYED ${wanted}`);
    const served = polls(run).map((fields) => fields.served);
    expect(served[0]).not.toBe(wanted);
    expect(served.at(-1)).toBe(wanted);
    expect(run.outputs.deployed).toBe('true');
    expect(run.proof).toMatchObject({ mode: 'demo', outcome: 'passed', result: { waived: '' } });
    expect(outcomesOf(run)).toEqual({
      'verify-live': 'passed',
      smoke: 'passed',
      'idempotency-check': 'passed',
      again: 'passed',
    });
  });

  it.concurrent.each([
    ['stale', 1, 'stale-edge'],
    ['wrong', 1, 'old-build'],
    ['down', 3, 'unreachable'],
  ])('refuses to say so when it is broken: %s', async (broken, code, verdict) => {
    const run = await prove(front, 'demo', { broken });
    expect([run.code, run.outputs.deployed]).toEqual([code, 'false']);
    expect(run.stdout).not.toMatch(/^DEPLOYED/m);
    expect(lastLine(run)).toMatch(new RegExp(`^NOT DEPLOYED verify-live: live:\\S+: ${verdict}`));
  });

  it.concurrent.each([
    ['smoke', 'smoke: smoke:home'],
    ['tools', 'smoke: smoke:tools'],
    ['twice', 'idempotency-check: idempotency:add-note:repeat'],
  ])('refuses to say so when the new build is live and wrong: %s', async (broken, check) => {
    const run = await prove(front, 'demo', { broken });
    expect([run.code, run.outputs.deployed]).toEqual([1, 'false']);
    expect(outcomesOf(run)['verify-live']).toBe('passed');
    expect(run.stdout).not.toMatch(/^DEPLOYED/m);
    expect(lastLine(run)).toMatch(new RegExp(`^NOT DEPLOYED ${check}`));
  });
});
