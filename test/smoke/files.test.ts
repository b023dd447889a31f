import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { filesOf } from '../../src/smoke/files.ts';
import { checkLock } from '../../src/smoke/mcp/lock-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ship-proof-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MAX_BYTES = 5 * 1024 * 1024;
const at = (name: string) => join(folder, name);
execFileSync('mkfifo', [at('pipe')]);
symlinkSync('/dev/zero', at('endless'));
writeFileSync(at('large'), '');
truncateSync(at('large'), MAX_BYTES + 1);
writeFileSync(at('largest'), '');
truncateSync(at('largest'), MAX_BYTES);

describe('a file that a check names', () => {
  it('is read up to its bound', async () => {
    const read = await filesOf(folder).read('largest');
    expect('bytes' in read && read.bytes.length).toBe(MAX_BYTES);
    expect(await filesOf(folder).read('large')).toEqual({ why: `is larger than ${MAX_BYTES} bytes` });
  });

  it('is not waited for when it is a pipe that nobody fills', async () => {
    expect(await filesOf(folder).read('pipe')).toEqual({ why: 'is no file' });
  });
});

describe('a lock', () => {
  const lockAt = (name: string) =>
    checkLock([], { path: at(name), place: { file: 'a.yml', line: 1 }, root: folder, update: false });

  it.each([
    ['pipe', 'not a lock file: it is no file'],
    ['endless', 'not a lock file: it is no file'],
    ['large', `not a lock file: it is larger than ${MAX_BYTES} bytes`],
  ])('that is no lock is a failure: %s', async (name, observed) => {
    expect(await lockAt(name)).toMatchObject([{ status: 'fail', title: 'tools-lock', observed }]);
  });
});
