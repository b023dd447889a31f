import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addLine, MAX_LINE_BYTES, NOTHING_REPORTED, type Reported } from '../../runner/meter-report.ts';
import type { Ports } from '../mode.ts';

/** More than that is no account of a tick. */
const MAX_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 200;

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
      await reader.readOn();
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
    pending: Buffer.alloc(0) as Buffer,
    /** Reads what has been added; true when there was something. */
    async readOn(): Promise<boolean> {
      const before = reader.offset;
      for (;;) {
        if (reader.offset >= MAX_BYTES) {
          reader.reported = { ...reader.reported, fault: 'report-too-long' };
          break;
        }
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, reader.offset);
        if (bytesRead === 0) break;
        reader.offset += bytesRead;
        reader.take(buffer.subarray(0, bytesRead));
      }
      return reader.offset > before;
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
