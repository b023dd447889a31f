import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';
import { requireOrSkip } from '../targets/requirements.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

/** Another host as far as its name goes, which is part of what a clock is known by. */
const elsewhere = (file: string, args: readonly string[]) => ({
  file: 'unshare',
  args: ['--uts', 'sh', '-c', 'hostname elsewhere && exec "$@"', 'sh', file, ...args],
});

function canBeElsewhere(): boolean {
  try {
    execFileSync('unshare', ['--uts', 'hostname', 'elsewhere'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // Not installed, or not allowed.
  }
}

describe('two hosts', () => {
  it('end each other’s windows later, by max-skew, and their own exactly', async (ctx) => {
    const missing = requireOrSkip(['unshare'], { 'a host name of its own': canBeElsewhere() });
    if (missing) return ctx.skip(missing);
    const once = ['once', '--key', 'k', '--window', '1s'];
    expect((await shop.run([...once, '--', ...shop.effect('here')])).code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const there = await shop.run([...once, '--', ...shop.effect('there')], { wrap: elsewhere });
    expect(there).toMatchObject({ code: 0, proof: { outcome: 'skipped' } });
    const trusting = await shop.run([...once, '--max-skew', '0s', '--', ...shop.effect('there')], {
      wrap: elsewhere,
    });
    expect(trusting).toMatchObject({ code: 0, proof: { outcome: 'passed' } });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const own = await shop.run([...once, '--', ...shop.effect('there')], { wrap: elsewhere });
    expect(own).toMatchObject({ code: 0, proof: { outcome: 'passed' } });
    expect((await shop.run([...once, '--', ...shop.effect('here')])).proof.outcome).toBe('skipped');
    expect(shop.effects()).toEqual(['here', 'there', 'there']);
  });

  it('find each other’s lease running after its end, and their own in doubt', async (ctx) => {
    const missing = requireOrSkip(['unshare'], { 'a host name of its own': canBeElsewhere() });
    if (missing) return ctx.skip(missing);
    await shop.run(['claim', '--key', 'k', '--lease', '1s']);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await shop.run(['claim', '--key', 'k'], { wrap: elsewhere })).result.state).toBe('busy');
    expect((await shop.run(['claim', '--key', 'k'])).result.state).toBe('in-doubt');
  });
});
