import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './run-dist.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ship-proof-report-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** A real run that fails, with its evidence. */
const prove = () =>
  runCli(
    ['smoke', '--base-url', 'http://127.0.0.1:9/', '--page', '/', '--within', '300ms', '--out', 'evidence'],
    { cwd },
  );

describe('report', () => {
  it('makes the page of an earlier run, and leaves its proof as it is', async () => {
    await prove();
    const before = await readFile(join(cwd, 'evidence/proof.json'), 'utf8');
    await rm(join(cwd, 'evidence/report.html'));
    const { code, stdout } = await runCli(['report', '--proof', 'evidence/proof.json'], { cwd });
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('report passed, 1 of 1'),
    });
    expect(await readFile(join(cwd, 'evidence/report.html'), 'utf8')).toContain('<h1>ship-proof smoke: ');
    expect(await readFile(join(cwd, 'evidence/proof.json'), 'utf8')).toBe(before);
  });

  it('writes where it is told to, and nothing but the page', async () => {
    await prove();
    const { code } = await runCli(['report', '--proof', 'evidence/proof.json', '--out', 'a/b'], { cwd });
    expect(code).toBe(0);
    expect(await readdir(join(cwd, 'a/b'))).toEqual(['report.html']);
  });

  it.each([
    ['no file', 'missing.json', 'input-unreadable'],
    ['a folder', '.', 'input-unreadable'],
    ['no JSON', 'text.json', 'input-invalid'],
    ['another JSON', 'other.json', 'input-invalid'],
  ])('refuses %s as a proof', async (_, proof, error) => {
    await writeFile(join(cwd, 'text.json'), 'DEPLOYED build-1');
    await writeFile(join(cwd, 'other.json'), '{"schemaVersion": 2}');
    const { code, stdout } = await runCli(['report', '--proof', proof], { cwd });
    expect({ code, stdout }).toMatchObject({ code: 2, stdout: expect.stringContaining(error) });
  });

  it('says that it can’t write', async () => {
    await prove();
    await writeFile(join(cwd, 'file'), '');
    const { code, stdout } = await runCli(['report', '--proof', 'evidence/proof.json', '--out', 'file/x'], {
      cwd,
    });
    expect({ code, stdout }).toMatchObject({ code: 2, stdout: expect.stringContaining('out-unwritable') });
  });
});
