import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/memory.ts';
import type { Moment } from '../../src/ledger/moment.ts';
import { transact } from '../../src/ledger/transact.ts';
import { type Key, type Rule, ruleOnKeys } from '../../src/once/claims.ts';
import { decideClaim, decideRecord, decideRelease } from '../../src/once/decide.ts';
import { canonicalKey, claimPath, type Fingerprints, fingerprints } from '../../src/once/key.ts';
import { KEYED_BY_PATH } from '../../src/once/keyed-by.ts';
import { fakeClock } from '../ledger/fixtures.ts';

const DAY = 86_400_000;
const [LEASE, WINDOW] = [60_000, DAY];
const PLAIN = fingerprints(undefined);
const SECRET = fingerprints('a long random text');

const keyOf = (text: string): Key => ({
  name: text,
  canonical: canonicalKey({ key: text }),
  label: undefined,
});
const pathOf = (text: string, scheme = PLAIN): string => claimPath(scheme.of(keyOf(text).canonical));

let ledger: Ledger;
let clock: ReturnType<typeof fakeClock>;
beforeEach(() => {
  ledger = memoryLedger();
  clock = fakeClock(Date.UTC(2026, 10, 20));
});

type Ask = (moment: Moment, fence: number) => Rule;

const ask = (texts: readonly string[], mine: Fingerprints, asked: Ask) =>
  transact(ledger, { clock, actor: 'test' }, (snapshot, { now, seq, oneClock }) => {
    const moment = { nowMs: clock.now(), writtenMs: now, clock: 'here', oneClock, maxSkewMs: 60_000 };
    return ruleOnKeys(snapshot, { keys: texts.map(keyOf), mine }, asked(moment, seq), { moment, fence: seq });
  });

const claim = (texts: readonly string[], mine = PLAIN, payload?: string) =>
  ask(texts, mine, (moment, fence) => (found, scheme) => {
    const command = { holder: { actor: 'test' }, leaseMs: LEASE, windowMs: WINDOW };
    return decideClaim(found, { ...command, payload: payload && scheme.of(payload) }, fence, moment);
  });
const record = (texts: readonly string[], fence?: number, mine = PLAIN) =>
  ask(texts, mine, (moment) => (found) => decideRecord(found, fence, moment));
const release = (texts: readonly string[], confirmed: boolean) =>
  ask(texts, PLAIN, (moment) => (found) => decideRelease(found, { fence: undefined, confirmed }, moment));

const kinds = ({ verdict }: Awaited<ReturnType<typeof claim>>) =>
  verdict.map(({ ruling }) => (ruling.kind === 'refused' ? ruling.why : ruling.kind));

async function history() {
  const entries = [];
  for await (const entry of ledger.history()) entries.push(entry);
  return entries;
}
const stateOf = async (text: string) =>
  ((await (await ledger.read()).get(pathOf(text))) as { state: string } | undefined)?.state;

describe('several keys in one call', () => {
  it('are granted in one transaction, under one fence', async () => {
    const claimed = await claim(['a', 'b', 'c']);
    expect(kinds(claimed)).toEqual(['granted', 'granted', 'granted']);
    expect(new Set(claimed.verdict.map(({ ruling }) => ruling.claim?.fence))).toEqual(new Set([1]));
    expect(claimed.seq).toBe(1);
    expect((await history()).map(({ kind }) => kind)).toEqual(['genesis', ...Array(3).fill('claim-granted')]);
  });

  it('are granted as far as they are not recorded yet', async () => {
    await claim(['a']);
    await record(['a'], 1);
    expect(kinds(await claim(['a', 'b']))).toEqual(['already', 'granted']);
    expect(await stateOf('a')).toBe('recorded');
  });

  it('are all left alone when one of them is refused, and nothing is written', async () => {
    await claim(['b']);
    const refused = await claim(['a', 'b', 'c']);
    expect(kinds(refused)).toEqual(['withheld', 'busy', 'withheld']);
    expect(refused).toMatchObject({ committed: false, seq: 1 });
    expect(await stateOf('a')).toBeUndefined();
  });

  it('are not granted beside a doubt, which is written down', async () => {
    await claim(['b']);
    clock.at += LEASE;
    const refused = await claim(['a', 'b']);
    expect(kinds(refused)).toEqual(['withheld', 'doubted']);
    expect(await stateOf('a')).toBeUndefined();
    expect((await history()).at(-1)).toMatchObject({
      kind: 'claim-in-doubt',
      reason: 'lease-expired',
      fence: 1,
    });
    expect(kinds(await claim(['b']))).toEqual(['in-doubt']);
    expect(await history()).toHaveLength(3);
  });

  it('are recorded and released together or not at all', async () => {
    await claim(['a', 'b']);
    expect(kinds(await record(['a', 'c'], 1))).toEqual(['withheld', 'not-claimed']);
    expect(await stateOf('a')).toBe('claimed');
    clock.at += LEASE;
    expect(kinds(await release(['a', 'b'], false))).toEqual(['needs-confirmation', 'needs-confirmation']);
    expect(kinds(await release(['a', 'b'], true))).toEqual(['settled', 'settled']);
    expect((await history()).slice(-2)).toMatchObject([
      { from: 'in-doubt', reason: 'by-hand' },
      { kind: 'claim-released' },
    ]);
  });
});

describe('claims whose window ended long ago', () => {
  /** Fence 256 + 16 n looks through one folder; these texts all lie in that of the asked number. */
  const inFolder = (folder: string, count: number): string[] => {
    const found: string[] = [];
    for (let n = 0; found.length < count; n += 1)
      if (pathOf(`k${n}`).startsWith(`claims/${folder}/`)) found.push(`k${n}`);
    return found;
  };
  const passTo = async (seq: number) => {
    while ((await ledger.read()).seq < seq - 1) {
      await transact(ledger, { clock, actor: 'test' }, () => ({
        entries: [{ kind: 'thing' }],
        verdict: null,
      }));
    }
  };

  it('are removed seven days later, a hundred at most, and named in an entry', async () => {
    const old = inFolder('01', 101);
    await claim(old);
    await passTo(16);
    clock.at += LEASE + WINDOW + 7 * DAY + 1;
    const claimed = await claim(['new']);
    expect(claimed.seq).toBe(16);
    const [pruned] = (await history()).slice(-1);
    expect(pruned).toMatchObject({ kind: 'claims-pruned' });
    expect(pruned?.keys).toHaveLength(100);
    expect([...(await (await ledger.read()).list('claims/01/')).keys()]).toHaveLength(1);
  });

  it('are kept until then', async () => {
    await claim(inFolder('01', 3));
    await passTo(16);
    clock.at += LEASE + WINDOW + 7 * DAY;
    await claim(['new']);
    expect((await history()).at(-1)).toMatchObject({ kind: 'claim-granted' });
  });

  it('never lower a fence', async () => {
    const [text = ''] = inFolder('01', 1);
    await claim([text]);
    await passTo(16);
    clock.at += LEASE + WINDOW + 8 * DAY;
    await claim(['new']);
    expect(await stateOf(text)).toBeUndefined();
    const again = await claim([text]);
    expect(again.verdict[0]?.ruling.claim).toMatchObject({ fence: 17, generation: 1 });
  });

  it('are not removed by the transaction that grants them again', async () => {
    const [text = ''] = inFolder('01', 1);
    await claim([text]);
    await passTo(16);
    clock.at += LEASE + WINDOW + 8 * DAY;
    await claim([text]);
    expect((await history()).at(-1)).toMatchObject({ kind: 'claim-granted', generation: 2, fence: 16 });
    expect(await stateOf(text)).toBe('claimed');
  });
});

describe('the secret of a ledger’s fingerprints', () => {
  it('may be added: claims from before it are still found', async () => {
    await claim(['a'], PLAIN, 'pay 5');
    await record(['a'], 1);
    expect(kinds(await claim(['a', 'b'], SECRET, 'pay 5'))).toEqual(['already', 'granted']);
    expect(kinds(await claim(['a'], SECRET, 'pay 6'))).toEqual(['other-payload']);
    const snapshot = await ledger.read();
    expect(await snapshot.get(KEYED_BY_PATH)).toMatchObject({ keyedBy: SECRET.keyedBy, plainBefore: true });
    expect(await snapshot.get(pathOf('b', SECRET))).toMatchObject({ state: 'claimed' });
    expect(await snapshot.get(pathOf('b'))).toBeUndefined();
  });

  it('lets a claim from before it be recorded by its fence', async () => {
    await claim(['a']);
    expect(kinds(await record(['a'], 1, SECRET))).toEqual(['settled']);
    expect(await stateOf('a')).toBe('recorded');
  });

  it.each([
    ['another one', fingerprints('yet another text')],
    ['none', PLAIN],
  ])('is not forgotten: under %s nothing is done', async (_, scheme) => {
    await claim(['a'], SECRET);
    await expect(claim(['a'], scheme)).rejects.toMatchObject({ outcome: 'inconclusive', code: 'key-secret' });
    expect((await ledger.read()).seq).toBe(1);
  });
});

describe('what this version does not know', () => {
  const write = (records: Record<string, Record<string, unknown>>, kind = 'thing') =>
    transact(ledger, { clock, actor: 'test' }, () => ({
      entries: [{ kind }],
      records: records as never,
      verdict: null,
    }));

  it('is no free key: an unreadable record decides nothing', async () => {
    await write({ [pathOf('a')]: { schemaVersion: 2, state: 'dreaming' } });
    await expect(claim(['b', 'a'])).rejects.toMatchObject({
      outcome: 'inconclusive',
      code: 'claim-unreadable',
    });
    expect((await ledger.read()).seq).toBe(1);
  });

  it('is no known secret: an unreadable name of it decides nothing', async () => {
    await write({ [KEYED_BY_PATH]: { schemaVersion: 2, rotating: true } });
    await expect(claim(['a'])).rejects.toMatchObject({ code: 'key-secret' });
  });

  it('is kept: entries of unknown kinds stay in the history, and unknown records are not pruned', async () => {
    const strange = `claims/01/${'0'.repeat(62)}`;
    await write({ [strange]: { schemaVersion: 9 } }, 'dream');
    for (let n = 2; n < 16; n += 1) await claim([`k${n}`]);
    clock.at += 400 * DAY;
    expect((await claim(['late'])).seq).toBe(16);
    expect((await history())[1]).toMatchObject({ kind: 'dream' });
    expect(await (await ledger.read()).get(strange)).toEqual({ schemaVersion: 9 });
  });
});
