import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openOutputFile } from '../../src/modes/phase/output.ts';

describe('the output of a phase’s command', () => {
  const readAfter = async (written: (path: string) => void) => {
    await using file = await openOutputFile();
    written(file.path);
    return await file.read();
  };

  it('is nothing where it wrote none', async () => {
    expect(await readAfter(() => {})).toEqual({ kind: 'read', artifactId: undefined, unknown: [] });
  });

  it('is its last artifact, and the names that nobody knows', async () => {
    const text = 'artifact-id=one\r\n\nsize=3\nartifact-id= two \n';
    const read = await readAfter((path) => writeFileSync(path, text));
    expect(read).toEqual({ kind: 'read', artifactId: 'two', unknown: ['size'] });
  });

  it.each([
    ['letters of one byte', 'x'],
    ['letters of several bytes', '€'],
  ])('is not taken from the first part of too much, in %s', async (_, letter) => {
    const filler = `size=${letter.repeat(Math.ceil(65_536 / Buffer.byteLength(letter)))}`;
    const read = await readAfter((path) =>
      writeFileSync(path, `artifact-id=old\n${filler}\nartifact-id=new\n`),
    );
    expect(read).toEqual({ kind: 'wrong', because: 'it is larger than 65536 bytes' });
  });

  it('is wrong, and not waited for, when a pipe stands in its place', async () => {
    const read = await readAfter((path) => execFileSync('mkfifo', [path]));
    expect(read).toEqual({ kind: 'wrong', because: 'it is no file' });
  });

  it('is wrong when it can’t be read', async () => {
    const read = await readAfter((path) => symlinkSync(path, path));
    expect(read).toEqual({ kind: 'wrong', because: "it can't be read: ELOOP" });
  });
});
