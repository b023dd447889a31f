import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChrome } from '../../src/ports/chrome/find.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { smoke } from './run.ts';

/** Why nothing can be rendered here, for vitest's `skip`. */
export const missingChrome = (): string | undefined =>
  requireOrSkip([], { 'Chrome or Chromium': 'path' in findChrome(process.env) });

/** What a run needs of this process's environment to find a browser. */
export const browserEnv = (): Record<string, string> =>
  Object.fromEntries(
    ['PATH', 'CHROME_PATH', 'PROGRAMFILES', 'LOCALAPPDATA', 'HOME'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

export const renderAll = (
  baseUrl: string,
  checks: readonly Record<string, unknown>[],
  more: Record<string, unknown> = {},
  options: Parameters<typeof smoke>[1] = {},
) =>
  smoke(
    {
      'base-url': baseUrl,
      checks: JSON.stringify(checks.map((check) => ({ render: true, ...check }))),
      ...more,
    },
    { env: browserEnv(), ...options },
  );

/** A folder for temporary files that is this test's own, so that what is left in it was left by this test. */
export async function ownTemporaryFolder() {
  const before = process.env.TMPDIR;
  const folder = await mkdtemp(join(tmpdir(), 'render-test-'));
  process.env.TMPDIR = folder;
  return {
    folder,
    left: async () => (await readdir(folder)).filter((name) => name.startsWith('ship-proof-chrome-')),
    /** Process ids and command lines that name the folder: every process of a browser names its profile. */
    processes: () =>
      process.platform === 'linux' ? commandLines().filter((line) => line.includes(folder)) : [],
    [Symbol.asyncDispose]: async () => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}
