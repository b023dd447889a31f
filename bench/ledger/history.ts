import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileOf } from '../../src/ledger/git-transaction.ts';
import { advance, type Head } from '../../src/ledger/head.ts';
import type { Change } from '../../src/ledger/ledger.ts';

export interface Size {
  readonly entries: number;
  readonly liveKeys: number;
}

/** The path of the n-th key's claim, spread over 256 buckets as real keys are. */
export function claimPath(n: number): string {
  const digest = createHash('sha256').update(`key-${n}`).digest('hex');
  return `claims/${digest.slice(0, 2)}/${digest.slice(2, 42)}`;
}

/** What a claim leaves behind; about the size of a real one. */
export function claimChange(n: number, atMs: number, genesis: boolean): Change {
  const at = new Date(atMs).toISOString();
  const envelope = { schemaVersion: 1, at, actor: 'github:octocat', run: { id: '12345678', attempt: 1 } };
  const path = claimPath(n);
  const claim = { kind: 'claim', key: path, fence: n, leaseMs: 1_200_000, windowMs: 2_592_000_000 };
  const first = { ...envelope, id: randomUUID(), kind: 'genesis', ledgerId: randomUUID() };
  return {
    entries: [...(genesis ? [first] : []), { ...envelope, id: randomUUID(), ...claim }],
    records: {
      [path]: {
        state: 'recorded',
        fence: n,
        claimedAt: at,
        windowMs: 2_592_000_000,
        actor: 'github:octocat',
      },
    },
    subject: `claim ${path.slice(7)}`,
  };
}

/** The changes of a history with so many entries (beside its genesis) over so many live keys, oldest first. */
export function* changes({
  entries,
  liveKeys,
}: Size): Generator<{ change: Change; head: Head; seq: number }> {
  const startMs = Date.now() - (entries + 60) * 1000;
  let head: Head | null = null;
  for (let seq = 1; seq <= entries; seq += 1) {
    const change = claimChange((seq - 1) % liveKeys, startMs + seq * 1000, seq === 1);
    head = advance(head, change);
    yield { change, head, seq };
  }
}

/** Writes such a history into a fresh bare repository, in seconds: one fast-import for all of it. */
export async function buildGitHistory(repo: string, entries: number, liveKeys: number): Promise<void> {
  execFileSync('git', ['init', '--quiet', '--bare', repo]);
  const child = spawn('git', ['fast-import', '--quiet'], { cwd: repo, stdio: ['pipe', 'ignore', 'inherit'] });
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  for (const { change, head, seq } of changes({ entries, liveKeys })) {
    const seconds = Math.floor(Date.parse(head.lastAt) / 1000);
    const who = `ship-proof <ledger@ship-proof.invalid> ${seconds} +0000`;
    const message = `${change.subject}\n\n${change.entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')}`;
    const files = Object.entries(change.records).map(
      ([path, record]) => `M 100644 inline ${fileOf(path)}\n${data(`${JSON.stringify(record)}\n`)}`,
    );
    const text = `commit refs/ship-proof/default\nmark :${seq}\nauthor ${who}\ncommitter ${who}\n${data(message)}M 100644 inline head.json\n${data(`${JSON.stringify(head)}\n`)}${files.join('')}\n`;
    if (!child.stdin.write(text)) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`fast-import ended with ${code}`);
}
