import { parseJson } from '../proof/parse-json.ts';
import { broken } from './chain.ts';
import { type Entry, entrySchema } from './entry.ts';
import type { Head } from './head.ts';
import type { Change } from './ledger.ts';

/** One transaction as git sees it: a commit whose tree holds the records and whose message holds the entries. */

export const HEAD_FILE = 'head.json';
const AUTHOR = 'ship-proof <ledger@ship-proof.invalid>';

/**
 * fast-import must be told a branch. It is taken back before the end of the stream, when refs are written, so that it
 * never exists, neither in somebody's repository nor after a crash.
 */
const UNBORN = 'refs/ship-proof-unborn/transaction';

/** A record's file. The suffix lets `claims/3f` be a folder and `claims/3f.json` a record side by side. */
export const fileOf = (path: string) => `${path}.json`;

/** The record's path, or undefined for a file that is none. */
export const recordOf = (file: string) =>
  file.endsWith('.json') ? file.slice(0, -'.json'.length) : undefined;

/** The stream that makes `git fast-import` write the commit and print its id; only touched folders are rewritten. */
export function fastImportStream(
  parent: string | null,
  change: Change,
  head: Head,
  idLength: number,
): Buffer {
  const seconds = Math.floor(Date.parse(head.lastAt) / 1000);
  const files = Object.entries(change.records).map(([path, record]) =>
    record === null
      ? `D ${fileOf(path)}\n`
      : `M 100644 inline ${fileOf(path)}\n${data(`${JSON.stringify(record)}\n`)}`,
  );
  return Buffer.from(
    [
      'feature done\n',
      `commit ${UNBORN}\nmark :1\n`,
      `author ${AUTHOR} ${seconds} +0000\ncommitter ${AUTHOR} ${seconds} +0000\n`,
      data(messageOf(change)),
      parent === null ? '' : `from ${parent}\n`,
      `M 100644 inline ${HEAD_FILE}\n${data(`${JSON.stringify(head)}\n`)}`,
      ...files,
      '\nget-mark :1\n',
      `reset ${UNBORN}\nfrom ${'0'.repeat(idLength)}\n\n`,
      'done\n',
    ].join(''),
  );
}

/** The subject for people, an empty line, one entry a line for programs. */
const messageOf = ({ subject, entries }: Change) =>
  `${subject}\n\n${entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')}`;

/** The entries of a commit message. A line that is no entry means that something else wrote the commit. */
export function parseMessage(oid: string, message: string): readonly Entry[] {
  const bodyAt = message.indexOf('\n\n');
  const lines =
    bodyAt < 0
      ? []
      : message
          .slice(bodyAt + 2)
          .split('\n')
          .filter((line) => line !== '');
  if (lines.length === 0) throw notATransaction(oid);
  return lines.map((line) => {
    try {
      return entrySchema.parse(parseJson(line));
    } catch (cause) {
      throw notATransaction(oid, cause);
    }
  });
}

const notATransaction = (oid: string, cause?: unknown) =>
  broken(`the commit ${oid.slice(0, 12)} was not written by ship-proof`, { cause });

const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
