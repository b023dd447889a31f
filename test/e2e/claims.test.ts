import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkshop, type Workshop } from '../once/workshop.ts';

let shop: Workshop;
beforeEach(() => {
  shop = openWorkshop();
});
afterEach(() => shop[Symbol.dispose]());

describe('claim, record and release, each a process of its own', () => {
  it('claims, is busy for others, records, and is skipped from then on', async () => {
    const claimed = await shop.run(['claim', '--key', 'k']);
    expect(claimed).toMatchObject({
      code: 0,
      result: { claimed: true, state: 'claimed', key: 'k', fence: 1 },
    });
    expect(claimed.stderr).toMatch(/^claim key=[0-9a-f]{12} ruled=granted fence=1$/m);
    expect(await shop.run(['claim', '--key', 'k'])).toMatchObject({
      code: 4,
      result: { claimed: false, state: 'busy', key: '' },
    });
    const recorded = await shop.run([
      'record',
      '--key',
      'k',
      '--fence',
      '1',
      '--meta',
      'message-id: 20261120-7',
    ]);
    expect(recorded).toMatchObject({ code: 0, result: { claimed: false, state: 'recorded', fence: 1 } });
    expect(await shop.run(['claim', '--key', 'k'])).toMatchObject({
      code: 0,
      proof: { outcome: 'skipped' },
      result: { claimed: false },
    });
    expect(await shop.run(['record', '--key', 'k', '--fence', '1'])).toMatchObject({
      code: 0,
      proof: { outcome: 'skipped' },
    });
    expect(shop.entries().at(-1)).toMatchObject({
      kind: 'claim-recorded',
      from: 'claimed',
      meta: { 'message-id': '20261120-7' },
    });
  });

  it('releases by its fence, and grants again under a higher one', async () => {
    await shop.run(['claim', '--key', 'k']);
    expect(await shop.run(['release', '--key', 'k'])).toMatchObject({
      code: 4,
      result: { state: 'needs-fence' },
    });
    expect(await shop.run(['release', '--key', 'k', '--fence', '9'])).toMatchObject({
      code: 4,
      result: { state: 'stale-fence' },
    });
    expect(await shop.run(['release', '--key', 'k', '--fence', '1'])).toMatchObject({
      code: 0,
      result: { state: 'released' },
    });
    expect(await shop.run(['claim', '--key', 'k'])).toMatchObject({ code: 0, result: { fence: 3 } });
    expect(await shop.run(['record', '--key', 'k', '--fence', '1'])).toMatchObject({
      code: 4,
      result: { state: 'stale-fence' },
    });
  });

  it('is in doubt after its lease: recorded by its fence, not without', async () => {
    await shop.run(['claim', '--key', 'k', '--lease', '1s']);
    for (;;) {
      const asked = await shop.run(['claim', '--key', 'k']);
      expect(asked.code).toBe(4);
      if (asked.result.state === 'in-doubt') break;
      expect(asked.result.state).toBe('busy');
    }
    expect(await shop.run(['record', '--key', 'k'])).toMatchObject({
      code: 4,
      result: { state: 'needs-fence' },
    });
    expect(await shop.run(['record', '--key', 'k', '--fence', '1'])).toMatchObject({
      code: 0,
      result: { state: 'recorded' },
    });
    expect(shop.entries().at(-1)).toMatchObject({ from: 'in-doubt' });
  });

  it('is recorded by nobody without a fence once somebody may come late', async () => {
    await shop.run(['once', '--key', 'k', '--', 'false']);
    await shop.run(['release', '--key', 'k', '--fence', '1', '--confirm-destructive']);
    const { fence } = (await shop.run(['claim', '--key', 'k'])).result;
    expect(await shop.run(['record', '--key', 'k'])).toMatchObject({
      code: 4,
      result: { state: 'needs-fence' },
    });
    expect(await shop.run(['record', '--key', 'k', '--fence', String(fence)])).toMatchObject({
      code: 0,
      result: { state: 'recorded' },
    });
  });

  it('never releases what is recorded, and knows what was never claimed', async () => {
    expect(await shop.run(['record', '--key', 'k', '--fence', '1'])).toMatchObject({
      code: 4,
      result: { state: 'not-claimed' },
    });
    await shop.run(['once', '--key', 'k', '--', 'true']);
    const release = ['release', '--key', 'k', '--fence', '1', '--confirm-destructive'];
    expect(await shop.run(release)).toMatchObject({ code: 4, result: { state: 'recorded' } });
  });

  it('takes metadata that is harmless in public, and nothing else', async () => {
    await shop.run(['claim', '--key', 'k']);
    for (const meta of ['to: ann@example.org', 'note: two words', 'Name: x', 'x']) {
      const refused = await shop.run(['record', '--key', 'k', '--meta', meta]);
      expect(refused.code).toBe(2);
      expect(refused.stdout + refused.stderr).not.toContain('ann@example.org');
    }
    expect(shop.entries()).toHaveLength(2);
  });

  it('keeps namespaces apart', async () => {
    await shop.run(['claim', '--key', 'k']);
    expect(await shop.run(['claim', '--key', 'k', '--namespace', 'staging'])).toMatchObject({
      code: 0,
      result: { fence: 1 },
    });
    expect(shop.entries('staging')).toHaveLength(2);
  });
});
