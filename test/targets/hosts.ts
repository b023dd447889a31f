import { spawnSync } from 'node:child_process';
import { isInstalled } from './requirements.ts';

export interface Command {
  readonly file: string;
  readonly args: string[];
}

/**
 * The command that runs `file args…` with its own /etc/hosts: localhost and these lines, nothing else. Nothing outside
 * of it sees the change, and nothing is left behind. Only where `canRemapHosts()`.
 */
export function withHosts(hostsLines: readonly string[], file: string, args: readonly string[]): Command {
  const command = wrapInNamespace(['--mount'], mountHosts(hostsLines), file, args);
  if (!command)
    throw new Error('this machine cannot run a command under its own /etc/hosts: ask canRemapHosts() first');
  return command;
}

/** Found out by running: permissions of namespaces differ from machine to machine. Takes about 0.1 s. */
export function canRemapHosts(): boolean {
  const command = wrapInNamespace(['--mount'], mountHosts(['127.0.0.9 probe.test']), process.execPath, [
    '-e',
    "require('node:dns').lookup('probe.test', (error, address) => process.exit(address === '127.0.0.9' ? 0 : 1))",
  ]);
  return command !== undefined && spawnSync(command.file, command.args, { stdio: 'ignore' }).status === 0;
}

/**
 * `unshare` with the first kind of privilege that works here: being root, an own user namespace (the command then sees
 * itself as uid 0, though it is no more than the user), or sudo without a password (back to the user for the command).
 * `setup` is a piece of sh that ends by leaving the command as "$@".
 */
export function wrapInNamespace(
  namespaces: readonly string[],
  setup: { readonly script: string; readonly args: readonly string[] },
  file: string,
  args: readonly string[],
): Command | undefined {
  if (process.platform !== 'linux' || !isInstalled('unshare', 'mount')) return undefined;
  const inside = ['sh', '-ec', `${setup.script}\nexec "$@"`, 'sh', ...setup.args];
  const works = (probe: readonly string[]): boolean =>
    spawnSync(probe[0] ?? '', [...probe.slice(1), 'true'], { stdio: 'ignore' }).status === 0;

  const asRoot = ['unshare', ...namespaces];
  if (process.getuid?.() === 0) return works(asRoot) ? command(asRoot, inside, [file, ...args]) : undefined;
  const asMapped = ['unshare', ...namespaces, '--map-root-user'];
  if (works(asMapped)) return command(asMapped, inside, [file, ...args]);
  const asSudo = ['sudo', '-n', '-E', ...asRoot];
  if (!works(asSudo)) return undefined;
  // sudo replaces PATH and HOME even with -E, so they travel as arguments, read from the command's own environment.
  const keep = ['sh', '-c', `exec ${asSudo.join(' ')} env "PATH=$PATH" "HOME=$HOME" "$@"`, 'sh'];
  const back = ['setpriv', `--reuid=${process.getuid?.()}`, `--regid=${process.getgid?.()}`, '--init-groups'];
  return command(keep, inside, [...back, file, ...args]);
}

// The file exists only until it is mounted: a bind mount keeps the content although the name is gone.
export function mountHosts(hostsLines: readonly string[]): { script: string; args: string[] } {
  const content = [...new Set(['127.0.0.1 localhost', ...hostsLines, ''])].join('\n');
  const script =
    'f=$(mktemp); printf %s "$1" > "$f"; chmod 644 "$f"; mount --bind "$f" /etc/hosts; rm -f "$f"; shift';
  return { script, args: [content] };
}

const command = (...parts: string[][]): Command => {
  const [file = '', ...args] = parts.flat();
  return { file, args };
};
