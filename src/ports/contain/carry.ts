/**
 * How the environment passes through a shell unchanged. Shells set variables of their own, change a few, and some drop every
 * variable whose name they could not use themselves (`npm_config_//host/:_authToken`, exported functions).
 */

/** Set by shells, whether anybody wants it or not. */
const SET_BY_SHELLS = ['PWD', 'OLDPWD', 'SHLVL', '_'];
/** Read, changed or refused by shells. */
const SPECIAL =
  /^(BASH.*|SHELLOPTS|ENV|IFS|OPTIND|OPTARG|PPID|UID|EUID|GROUPS|LINENO|RANDOM|SECONDS|PS[0-9])$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether the command and its environment pass through `sh` and `env` as they are. */
export const isPlain = ([file = '']: readonly string[], env: Readonly<Record<string, string>>): boolean =>
  !/^-|=/.test(file) && Object.keys(env).every((name) => NAME.test(name) && !SPECIAL.test(name));

/** Arguments for env(1) that undo what the shells in between set. */
export const restoreShellVariables = (env: Readonly<Record<string, string>>): string[] => [
  ...SET_BY_SHELLS.filter((name) => env[name] === undefined).flatMap((name) => ['-u', name]),
  ...SET_BY_SHELLS.filter((name) => env[name] !== undefined).map((name) => `${name}=${env[name]}`),
];

/** The environment as one line, which is in no argument list and passes through everything. */
export const carriedEnvironment = (environment: Readonly<Record<string, string>>): string =>
  Buffer.from(JSON.stringify({ environment, umask: process.umask() })).toString('base64');

/**
 * Runs the command with the environment that it reads from descriptor 5, in a session of its own. It stays: a program that Node
 * turns itself into would inherit the signals that Node ignores.
 */
export const LAUNCHER: readonly string[] = [
  '--no-warnings',
  '-e',
  `
const { closeSync, readFileSync } = require('node:fs');
const { environment, umask } = JSON.parse(Buffer.from(readFileSync(5, 'latin1'), 'base64').toString());
closeSync(5);
process.umask(umask);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
const [file, ...args] = process.argv.slice(1);
const child = require('node:child_process').spawn(file, args, { env: environment, stdio: 'inherit', detached: true });
child.on('error', () => process.exit(127));
child.on('exit', (code, signal) => process.exit(code ?? 128 + require('node:os').constants.signals[signal]));
`,
  '--',
];
