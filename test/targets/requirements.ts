import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether every one of these programs can be found; /usr/sbin counts, though an ordinary user's PATH lacks it. */
export const isInstalled = (...names: string[]): boolean => names.every((name) => find(name) !== undefined);

/** The full path of an installed program. */
export function pathOf(name: string): string {
  const found = find(name);
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

/**
 * Undefined where all of it is there, else the reason for vitest's `ctx.skip(reason)`. A skip must never make CI green,
 * so there it throws; but only on Linux, since elsewhere no installation could bring a mount namespace or varnish.
 * Besides program names it takes capabilities that the caller has probed.
 *
 *     const missing = requireOrSkip(['nginx', 'varnishd'], { 'mount namespaces': canRemapHosts() });
 *     if (missing) ctx.skip(missing);
 */
export function requireOrSkip(
  programs: readonly string[],
  capabilities: Readonly<Record<string, boolean>> = {},
): string | undefined {
  const missing = [
    ...programs.filter((name) => !isInstalled(name)),
    ...Object.keys(capabilities).filter((name) => !capabilities[name]),
  ];
  if (missing.length === 0) return undefined;
  const reason = `this machine lacks ${missing.join(', ')}`;
  const ci = process.env.CI;
  if (ci !== undefined && ci !== '' && ci !== 'false')
    throw new Error(`${reason}; in CI nothing may be skipped`);
  return reason;
}

function find(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  return folders.flatMap((folder) => names.map((file) => join(folder, file))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent and not executable are the same to us: it cannot be run.
    return false;
  }
}
