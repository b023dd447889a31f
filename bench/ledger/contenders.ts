import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from 'redis';
import { link } from '../../src/ledger/chain.ts';
import { COMMIT, keysOf } from '../../src/ledger/redis-script.ts';
import { median } from '../statistics.ts';
import type { Done, Order } from './claimant.ts';
import { buildGitHistory, changes, type Size } from './history.ts';

/** One way to keep claims, at one size. */
export interface Contender extends Disposable {
  readonly name: string;
  readonly size: Size;
  order(order: Order): Promise<Done>;
  readonly ms: number[];
  /** Opening and the first claim, with nothing cached. */
  readonly coldMs: number;
}

interface Place {
  readonly kind: 'ledger' | 'lines';
  readonly place: string;
  readonly namespace?: string;
}

let processes = 0;

/** A process of its own for it: what this one has in memory slows down every child that it starts. */
export function claimant(folder: string, { kind, place, namespace = 'default' }: Place) {
  processes += 1;
  const script = new URL('./claimant.ts', import.meta.url).pathname;
  const child = fork(script, [kind, place, join(folder, 'cache'), namespace, String(processes * 1_000_000)]);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the claimant of ${place} ended`)));
  // It also ends when it is told to; nobody waits for it then.
  ended.catch(() => {});
  const order = async (given: Order): Promise<Done> => {
    child.send(given);
    const [done] = await Promise.race([once(child, 'message'), ended]);
    return done as Done;
  };
  return { order, [Symbol.dispose]: () => child.disconnect() };
}

async function contend(name: string, size: Size, folder: string, place: Place): Promise<Contender> {
  const worker = claimant(folder, place);
  const cold: number[] = [];
  for (let n = 0; n < 3 && place.kind === 'ledger'; n += 1) {
    cold.push((await worker.order({ ms: 0, clients: 1, cacheDir: mkdtempSync(join(folder, 'cold-')) })).ms);
  }
  await worker.order({ ms: 0, clients: 1 });
  return { name, size, ms: [], coldMs: median(cold), ...worker };
}

/** One history in two repositories: in one on this machine, and in one behind a server. */
export async function inGit(size: Size, folder: string, repo: string, origin: string): Promise<Contender[]> {
  const [local, served] = [`local-${repo}`, `http-${repo}`];
  await buildGitHistory(join(folder, local), size.entries, size.liveKeys);
  cpSync(join(folder, local), join(folder, served), { recursive: true });
  const place = `git+file:${join(folder, local)}`;
  await verify(size, folder, { kind: 'ledger', place });
  return [
    await contend('git, local', size, folder, { kind: 'ledger', place }),
    await contend('git, http', size, folder, { kind: 'ledger', place: `git+${origin}/${served}` }),
  ];
}

/** What is measured is a ledger to the program, or the bench ends here. */
async function verify({ entries, liveKeys }: Size, folder: string, { place, namespace = 'default' }: Place) {
  const script = new URL('./verify.ts', import.meta.url).pathname;
  const args = [place, join(folder, 'verified'), namespace, String(entries), String(liveKeys)];
  await promisify(execFile)(process.execPath, [script, ...args]);
}

export async function inRedis(
  size: Size,
  folder: string,
  url: string,
  namespace: string,
): Promise<Contender> {
  const client = createClient({ url });
  await client.connect();
  let version: string | null = null;
  let pending: Promise<unknown>[] = [];
  for (const { change, head, seq } of changes(size)) {
    const next = link(version, change);
    const records = Object.entries(change.records).flatMap(([path, record]) => [
      path,
      JSON.stringify(record),
    ]);
    const args = [version ?? '', next.version, String(seq), JSON.stringify(head), next.text, ...records];
    pending.push(client.sendCommand(['EVAL', COMMIT.text, '4', ...keysOf(namespace), ...args]));
    version = next.version;
    if (pending.length < 1_000) continue;
    await Promise.all(pending);
    pending = [];
  }
  await Promise.all(pending);
  client.destroy();
  const place = { kind: 'ledger', place: url, namespace } as const;
  await verify(size, folder, place);
  return contend('redis', size, folder, place);
}

export async function jsonLines(size: Size, folder: string, name: string): Promise<Contender> {
  const lines = [...changes(size)].map(({ change }) => JSON.stringify(change.entries.at(-1)));
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  return contend('JSON lines', size, folder, { kind: 'lines', place: join(folder, name) });
}
