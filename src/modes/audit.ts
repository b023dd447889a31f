import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { invalid } from '../proof/errors.ts';
import { parseJson } from '../proof/parse-json.ts';
import { conclude } from '../proof/proof.ts';
import { type Check, type Proof, proofSchema } from '../proof/schema.ts';
import { commonInputs } from './common.ts';
import { text } from './kinds.ts';
import { defineMode } from './mode.ts';
import { ledgerFields, openStore, storeInputs } from './store.ts';

const input = z.strictObject({
  proof: text('a path').describe('The proof.json of an earlier run that used the ledger.'),
  ...storeInputs,
  ...commonInputs,
});

export const mode = defineMode({
  name: 'audit',
  summary:
    'The ledger still holds all that it held when an earlier proof was made: nothing was cut off, rewritten or replaced.',
  input,
  outputs: { intact: 'true when the history is whole' },
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const { ledger: then } = await readProof(given.proof, ports.cwd);
    if (given.store === undefined && given.token !== undefined && ports.front === 'cli') {
      // In the action it goes to the run's own server only.
      throw invalid(
        'input-missing',
        `give \`store\` too: the token is not sent where a file says (${then.store})`,
      );
    }
    await using ledger = await openStore({ ...given, store: given.store ?? then.store }, ports);
    const now = await ledger.read();
    const checks: Check[] = [sameLedger(then.id, now.ledgerId)];
    const kept = then.head === null || (now.version !== null && (await ledger.contains(then.head)));
    checks.push(ancestorCheck(then, now, kept));
    let entries = 0;
    // Walking the whole history verifies each link; a broken one is an error of its own.
    for await (const _entry of ledger.history()) entries += 1;
    checks.push({
      id: 'count',
      // It may have grown since its head was read.
      status: entries >= Math.max(then.entries, now.entries) ? 'pass' : 'fail',
      title: 'the history has all its entries',
      expected: `${now.entries} by the head, and at least ${then.entries}`,
      observed: String(entries),
    });
    const intact = checks.every(({ status }) => status === 'pass' || status === 'skipped');
    return conclude({
      mode: 'audit',
      startedAtMs,
      endedAtMs: ports.clock.now(),
      subject: { store: ledger.store, ...(then.head === null ? {} : { head: then.head }) },
      checks,
      result: { intact },
      ledger: ledgerFields(ledger, { version: now.version, entries: now.entries, ledgerId: now.ledgerId }),
    });
  },
});

function sameLedger(then: string | undefined, now: string | null): Check {
  const base = {
    id: 'ledger-id',
    title: 'it is the same ledger',
    expected: then ?? 'an id in the proof',
    observed: now ?? 'no ledger',
  };
  if (then === undefined) return { ...base, status: 'skipped', detail: 'The proof names no ledger id.' };
  if (then === now) return { ...base, status: 'pass' };
  return {
    ...base,
    status: 'fail',
    detail:
      now === null
        ? 'The ledger was deleted: restore it from a clone.'
        : 'Another ledger was put in its place.',
  };
}

function ancestorCheck(
  then: NonNullable<Proof['ledger']>,
  now: { version: string | null; entries: number },
  kept: boolean,
): Check {
  const base = {
    id: 'ancestor',
    title: 'the head of then is still in the history',
    expected: `${then.head ?? 'genesis'} (${then.entries} entries) among the ancestors of the head`,
    observed: kept
      ? `among those of ${now.version} (${now.entries} entries)`
      : `not among those of ${now.version ?? 'nothing'} (${now.entries} entries)`,
  };
  if (kept) return { ...base, status: 'pass' };
  const how = now.entries < then.entries ? 'truncated' : 'rewritten';
  return {
    ...base,
    status: 'fail',
    detail: `The history was ${how}: find out who may push to the store, and restore the ref from a clone.`,
  };
}

async function readProof(
  path: string,
  cwd: string,
): Promise<Proof & { ledger: NonNullable<Proof['ledger']> }> {
  const file = resolve(cwd, path);
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw invalid('input-unreadable', `the proof ${file} can't be read: ${error.code}`, { cause: error });
  });
  const parsed = proofSchema.safeParse(parseJson(content));
  if (!parsed.success)
    throw invalid('input-invalid', `${file} is no proof.json of ship-proof`, { cause: parsed.error });
  const { ledger } = parsed.data;
  if (!ledger)
    throw invalid(
      'input-invalid',
      `the proof ${file} is of a run that used no ledger; give that of a once, claim or record`,
    );
  return { ...parsed.data, ledger };
}
