import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Link, link, seqOf, verifiedEntries } from '../../src/ledger/chain.ts';
import { genesisOf } from '../../src/ledger/entry.ts';
import { parseCommit, parseTree, verified } from '../../src/ledger/git-object.ts';
import { parseRecord } from '../../src/ledger/git-records.ts';
import { parseMessage } from '../../src/ledger/git-transaction.ts';
import { parseNamespace } from '../../src/ledger/paths.ts';
import { walkLog } from '../../src/ledger/redis-history.ts';
import { parseStore } from '../../src/ledger/store-url.ts';
import { CodedError } from '../../src/proof/errors.ts';
import { chargeOf } from '../../src/runner/meter.ts';
import { addOutput, NO_CLAUDE } from '../../src/runner/meter-claude.ts';
import { MAX_MICROS, microsOf } from '../../src/runner/meter-money.ts';
import { addLine, NOTHING_REPORTED } from '../../src/runner/meter-report.ts';
import { anyJson, broken, brokenBytes, coded, expectLinear, fuzzing, wordsOf } from './fuzz.ts';

const fuzz = fuzzing('ledger objects, stores and costs');
const OID = 'a'.repeat(40);
const ENTRY = {
  ...{ schemaVersion: 1, id: 'e1', kind: 'genesis', at: '2026-11-01T00:00:00.000Z', actor: 'github:octocat' },
  ledgerId: '0123456789abcdef',
};
const LINE = JSON.stringify(ENTRY);
const TREE = Buffer.concat([
  ...[Buffer.from('100644 head.json\0'), Buffer.alloc(20, 1)],
  ...[Buffer.from('40000 claims\0'), Buffer.alloc(20, 2)],
]);
const COMMIT = Buffer.from(`tree ${OID}\nparent ${OID}\nauthor a <a> 1 +0000\n\nsubject\n\n${LINE}\n`);

describe('a git object that is anything', () => {
  fuzz('is a tree, or damage that is named', fc.oneof(brokenBytes(TREE), fc.uint8Array()), async (bytes) => {
    const tree = await coded(() => parseTree({ oid: OID, type: 'tree', body: Buffer.from(bytes) }));
    if (!(tree instanceof CodedError)) for (const { oid } of tree.values()) expect(oid).toHaveLength(40);
  });

  fuzz(
    'is a commit with entries, or damage that is named',
    fc.oneof(brokenBytes(COMMIT), fc.uint8Array()),
    (bytes) =>
      coded(() =>
        parseMessage(OID, parseCommit({ oid: OID, type: 'commit', body: Buffer.from(bytes) }).message),
      ),
  );

  fuzz('is an entry, or damage that is named', fc.oneof(anyJson, broken(LINE)), async (text) => {
    const entries = await coded(() => parseMessage(OID, `s\n\n${text.replaceAll('\n', ' ')}\n`));
    if (!(entries instanceof CodedError)) genesisOf(JSON.parse(JSON.stringify(entries)));
  });

  fuzz('is a record, or damage that is named', fc.oneof(anyJson, broken('{"a":1}')), async (text) => {
    const record = await coded(() => parseRecord({ oid: OID, type: 'blob', body: Buffer.from(text) }));
    if (!(record instanceof CodedError)) JSON.stringify(record);
  });

  fuzz('is believed only when its bytes are those that its id names', brokenBytes(COMMIT), async (bytes) => {
    const body = Buffer.from(bytes);
    const oid = createHash('sha1').update(`commit ${COMMIT.length}\0`).update(COMMIT).digest('hex');
    const found = await coded(() => verified({ oid, type: 'commit', body }));
    expect(found instanceof CodedError).toBe(!body.equals(COMMIT));
  });

  it.each(['100644 a\0', '4', ' ', '\0'])('takes no more than in relation to its size: %j', async (part) => {
    await expectLinear(20_000, (size) =>
      coded(() => parseTree({ oid: OID, type: 'tree', body: Buffer.from(part.repeat(size / part.length)) })),
    );
  });
});

describe('a log in Redis that is anything', () => {
  const good = link(null, { subject: 's', entries: [ENTRY], records: {} });
  const hashed = (text: string): Link => ({
    parent: null,
    text,
    version: `1-${createHash('sha256').update(`genesis\n${text}`).digest('hex')}`,
  });

  fuzz('is damage that is named, even with the right digest', fc.oneof(anyJson, broken(good.text)), (text) =>
    coded(() => verifiedEntries(hashed(text), null)),
  );

  fuzz('names transactions by a number and a digest, or not at all', broken(good.version), (version) => {
    const seq = seqOf(version);
    expect(seq === undefined || Number.isSafeInteger(seq)).toBe(true);
  });

  fuzz(
    'answers with anything',
    fc.oneof(
      fc.anything({ maxDepth: 3 }),
      fc.constant([['1-0', ['version', good.version, 'parent', '', 'text', good.text]]]),
    ),
    async (answer) => {
      const snapshot = {
        version: good.version,
        seq: 1,
        entries: 1,
        ledgerId: ENTRY.ledgerId,
        lastAtMs: 0,
        get: async () => undefined,
        list: async () => new Map(),
      };
      await coded(async () => {
        for await (const entry of walkLog({ send: async () => answer, key: 'k' }, snapshot))
          expect(entry.kind).toBe('genesis');
      });
    },
  );
});

describe('a store and a namespace that are anything', () => {
  const stores = fc.oneof(
    broken(
      'git+https://host/owner/repo?ref=refs/heads/x',
      'git+ssh://git@host/o/r.git',
      'git+file:/tmp/a?ref=refs/x/y',
      'rediss://u:p@host:6379/1',
      'redis://[::1]/?allow-plaintext',
    ),
    wordsOf(
      'git+',
      'https:',
      'file:',
      '//',
      '/',
      'ext::',
      '-o',
      '@',
      '?ref=',
      'refs/heads/',
      '..',
      '.lock',
      '%00',
      '\0',
      '[',
      ']',
      ' ',
      '&',
    ),
  );
  fuzz(
    'are parsed into what needs no quoting, or refused',
    fc.tuple(stores, fc.oneof(broken('default'), fc.string())),
    async ([text, name]) => {
      const namespace = await coded(() => parseNamespace(name));
      const store = await coded(() =>
        parseStore(text, namespace instanceof CodedError ? 'default' : namespace, '/work'),
      );
      if (store instanceof CodedError) return expect(store.message).not.toContain('u:p@');
      if (store.kind !== 'redis') expect(store.ref).toMatch(/^refs\/[\w./-]+$/);
      if (store.kind === 'git-remote') expect(store.url).toMatch(/^(https?|ssh):\/\/[\w[]/);
      expect(store.shown).not.toMatch(/\0|:p@/);
    },
    { sampled: 400 },
  );
});

describe('what a command says of its costs, whatever it is', () => {
  const REPORT = [
    '{"usd_in":0.4,"value_usd":"1.5","units":3,"note":"a","degraded":["b"]}',
    '{"usd_in":1e-7}',
  ];
  const RESULT = [
    '{"type":"result","subtype":"success","total_cost_usd":0.12}',
    '[{"type":"system"},{"type":"result","total_cost_usd":1}]',
  ];

  fuzz(
    'is a sum that never falls, and the whole reservation where it is in doubt',
    fc.array(
      fc.tuple(
        fc.boolean(),
        fc.oneof(broken(...REPORT, ...RESULT), anyJson, fc.constantFrom(...REPORT, ...RESULT)),
      ),
      { maxLength: 6 },
    ),
    (lines) => {
      let [reported, claude] = [NOTHING_REPORTED, NO_CLAUDE];
      for (const [isReport, line] of lines) {
        const before = reported.usdInMicros + claude.usdInMicros;
        if (isReport) reported = addLine(reported, line);
        else claude = addOutput(claude, line);
        expect(reported.usdInMicros + claude.usdInMicros).toBeGreaterThanOrEqual(before);
      }
      for (const meter of ['report', 'claude'] as const) {
        const charge = chargeOf({
          meter,
          reported,
          claude,
          reservedMicros: 400_000,
          complete: true,
          unitValueMicros: 7,
        });
        const { fault } = meter === 'claude' ? claude : reported;
        if (fault) expect(charge.usdInMicros).toBeGreaterThanOrEqual(400_000);
        for (const micros of [charge.usdInMicros, charge.valueMicros]) {
          expect(Number.isSafeInteger(micros)).toBe(true);
          expect(micros).toBeGreaterThanOrEqual(0);
        }
      }
    },
    { sampled: 300 },
  );

  fuzz(
    'is an amount that is exact, or none',
    fc.oneof(fc.double(), fc.integer(), broken('0.400000', '1e-7', '12.5')),
    (amount) => {
      const [up, down] = [microsOf(amount, 'up'), microsOf(amount, 'down')];
      expect(up === undefined || (Number.isSafeInteger(up) && up >= 0 && up <= MAX_MICROS)).toBe(true);
      if (up !== undefined && down !== undefined) expect(up - down).toBeLessThanOrEqual(1);
    },
    { sampled: 300 },
  );
});
