import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addLine, MAX_LINE_BYTES, NOTHING_REPORTED, type Reported } from '../../runner/meter-report.ts';
import type { Ports } from '../mode.ts';

/** More than that is no account of a tick. */
const MAX_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 200;
/** So many of its first bytes tell whether the file still holds what was read of it. */
const HEAD_BYTES = 256;
/** Windows tells the time of a write when whoever wrote closes the file. */
const TELLS_TIMES = process.platform !== 'win32';

/** The file that a command reports into, read as it grows. */
export interface ReportFile extends AsyncDisposable {
  readonly path: string;
  /** Everything that was read so far. */
  readonly reported: Reported;
  /** Reads on until `signal` aborts, and tells of everything new. */
  follow(told: () => void, signal: AbortSignal): Promise<void>;
  /** The command has ended: reads the rest, and finds out whether something was taken away. */
  finish(): Promise<void>;
}

/**
 * Makes the file in a folder of its own, which only this user can enter. It is read by its descriptor, so that what the
 * command puts in its place (a link, a pipe) is never opened.
 */
export async function openReportFile(clock: Ports['clock']): Promise<ReportFile> {
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-report-'));
  const path = join(folder, 'report.jsonl');
  const file = await open(path, 'wx+', 0o600);
  const reader = readerOf(file);
  return {
    path,
    get reported() {
      return reader.reported;
    },
    async follow(told, signal) {
      while (!signal.aborted) {
        if (await reader.readOn()) told();
        await clock.sleep(POLL_MS, signal).catch(() => {}); // Aborted: the loop ends.
      }
    },
    async finish() {
      await reader.readOn(true);
      const [own, there] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
      const isWhole = there?.ino === own.ino && own.size >= reader.offset;
      reader.finish(isWhole);
    },
    async [Symbol.asyncDispose]() {
      await file.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readerOf(file: FileHandle) {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const reader = {
    reported: NOTHING_REPORTED,
    offset: 0,
    /** What it began with. */
    head: Buffer.alloc(0) as Buffer,
    /** When what was read last had been written; and a later time at which nothing had been added. */
    writtenNs: 0n,
    rewrittenNs: 0n,
    pending: Buffer.alloc(0) as Buffer,
    /** Reads what has been added; true when there was something. */
    async readOn(isOver = false): Promise<boolean> {
      await reader.compare(isOver);
      for (let isNews = false; ; ) {
        if (reader.offset >= MAX_BYTES) {
          reader.reported = { ...reader.reported, fault: 'report-too-long' };
          return true;
        }
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, reader.offset);
        if (bytesRead > 0) {
          isNews = true;
          const bytes = buffer.subarray(0, bytesRead);
          if (reader.offset < HEAD_BYTES)
            reader.head = Buffer.concat([reader.head, bytes]).subarray(0, HEAD_BYTES);
          reader.offset += bytesRead;
          reader.take(bytes);
          continue;
        }
        const { size, mtimeNs } = await file.stat({ bigint: true });
        if (size > reader.offset) continue;
        if (isNews) reader.writtenNs = mtimeNs;
        return isNews;
      }
    },
    /** What was written anew, as by `>`, has lost what was said before, be it as long as that. */
    async compare(isOver: boolean): Promise<void> {
      if (reader.offset === 0) return;
      const { size, mtimeNs } = await file.stat({ bigint: true });
      const start = Buffer.alloc(reader.head.length);
      await file.read(start, 0, start.length, 0);
      const isOther = size < reader.offset || !start.equals(reader.head);
      if (!isOther) {
        if (size > reader.offset || mtimeNs === reader.writtenNs || !TELLS_TIMES) return;
        // A system may tell the time of a write before its length, but not for long.
        const isSure = isOver || mtimeNs === reader.rewrittenNs;
        reader.rewrittenNs = mtimeNs;
        if (!isSure) return;
      }
      reader.reported = { ...reader.reported, fault: 'report-truncated' };
      if (isOther) [reader.offset, reader.head, reader.pending] = [0, Buffer.alloc(0), Buffer.alloc(0)];
    },
    take(bytes: Buffer): void {
      const all = Buffer.concat([reader.pending, bytes]);
      const end = all.lastIndexOf(0x0a) + 1;
      for (const line of all.subarray(0, end).toString().split('\n'))
        reader.reported = addLine(reader.reported, line);
      reader.pending = all.subarray(end);
      // Not kept: a line without an end is none.
      if (reader.pending.length > MAX_LINE_BYTES) {
        reader.pending = reader.pending.subarray(0, MAX_LINE_BYTES + 1);
        reader.reported = { ...reader.reported, fault: 'report-too-long' };
      }
    },
    finish(isWhole: boolean): void {
      // A last line that was not ended may be half of one.
      const last = addLine(reader.reported, reader.pending.toString());
      reader.reported =
        last.fault === 'report-malformed' && reader.reported.fault === undefined
          ? { ...last, fault: 'report-truncated' }
          : last;
      if (!isWhole) reader.reported = { ...reader.reported, fault: 'report-truncated' };
    },
  };
  return reader;
}
