import { constants } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARTIFACT_ID } from '../../deploy/version.ts';
import { printable } from '../../proof/encode.ts';

/** The file that a phase's command may write `artifact-id=…` into. */
export interface OutputFile extends AsyncDisposable {
  readonly path: string;
  read(): Promise<CommandOutput>;
}

export type CommandOutput =
  | { readonly kind: 'read'; readonly artifactId: string | undefined; readonly unknown: readonly string[] }
  /** What was written is not understood: nothing of it is taken. */
  | { readonly kind: 'wrong'; readonly because: string };

const MAX_BYTES = 64 * 1024;

/** Makes the file's folder; it is gone when disposed. */
export async function openOutputFile(): Promise<OutputFile> {
  const folder = await mkdtemp(join(tmpdir(), 'ship-proof-output-'));
  const path = join(folder, 'output');
  return {
    path,
    read: () => readOutput(path),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * What stands in the file now; nothing where the command wrote none. It may have put anything in its place: a pipe is not waited
 * for, and of what never ends no more than a byte above the limit is read.
 */
async function readOutput(path: string): Promise<CommandOutput> {
  try {
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile()) return { kind: 'wrong', because: 'it is no file' };
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0);
    if (bytesRead > MAX_BYTES) return { kind: 'wrong', because: `it is larger than ${MAX_BYTES} bytes` };
    return parseOutput(buffer.toString('utf8', 0, bytesRead));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return parseOutput('');
    return { kind: 'wrong', because: `it can't be read: ${code}` };
  }
}

/** `name=value` lines; the last of a name counts. */
function parseOutput(text: string): CommandOutput {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const bare = lines.find((line) => !/^[a-z][a-z0-9-]*=/.test(line));
  if (bare !== undefined)
    return { kind: 'wrong', because: `the line ${JSON.stringify(printable(bare, 60))} is not name=value` };
  const values = new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).trim()]),
  );
  const artifactId = values.get('artifact-id');
  if (artifactId !== undefined && !ARTIFACT_ID.test(artifactId)) {
    return {
      kind: 'wrong',
      because: `artifact-id is ${JSON.stringify(printable(artifactId, 60))}; allowed: up to 200 letters, digits and . _ : / @ + = -`,
    };
  }
  return { kind: 'read', artifactId, unknown: [...values.keys()].filter((name) => name !== 'artifact-id') };
}
