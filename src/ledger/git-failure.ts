import type { Execution } from '../ports/exec.ts';
import { printable } from '../proof/encode.ts';
import { type CodedError, inconclusive } from '../proof/errors.ts';

/**
 * Git says why it failed in text alone. This table turns the text (LC_ALL=C) into a code and into what to do; it never
 * decides what happened to a ref, which only the ref can say.
 */
interface Naming {
  readonly pattern: RegExp;
  readonly code: string;
  readonly advice: (match: RegExpExecArray) => string;
  /** The store refused this very request; repeating it changes nothing. */
  readonly final?: true;
}

const NOT_GIT =
  'what answers there is no git server: a proxy, perhaps, or a page to sign in on. Check the address and the network, and run the command again';

const NAMINGS: readonly Naming[] = [
  {
    pattern: /No space left on device|Disk quota exceeded|ENOSPC/i,
    code: 'store-disk-full',
    advice: () => 'the disk is full. Free some room and run the command again',
    final: true,
  },
  {
    pattern: /Unable to create '([^']+\.lock)': File exists/,
    code: 'store-locked',
    advice: (match) =>
      `${match[1] ?? 'the lock file of the ref'} is in the way: another git holds it, or one died with it. If no git runs there, delete that file and run the command again`,
  },
  {
    pattern: /detected dubious ownership|unsafe repository/,
    code: 'store-ownership',
    advice: () =>
      'the repository belongs to another user, and git refuses it. Run as its owner, or trust it: git config --global --add safe.directory <path>',
    final: true,
  },
  {
    pattern:
      /returned error: 401|Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|Permission denied \(|Host key verification failed/,
    code: 'store-auth',
    advice: () =>
      'the store did not accept the credentials, or wants some. Give a token that may read and write its contents (input token), or set up git or ssh for this user',
    final: true,
  },
  {
    pattern: /returned error: 403|Write access to repository not granted|Permission to .* denied/,
    code: 'store-forbidden',
    advice: () =>
      'the store knows this token and forbids it. Writing needs contents: write (in a workflow: permissions: { contents: write }; pull requests from forks never get it)',
    final: true,
  },
  {
    pattern: /returned error: 3\d\d|unable to update url base from redirection/,
    code: 'store-redirected',
    advice: () =>
      'the store redirects, and credentials do not follow redirects. Put the final address into store (renamed repositories redirect)',
    final: true,
  },
  {
    pattern:
      /returned error: 404|[Rr]epository .*not found|does not appear to be a git repository|not a git repository|cannot change to/,
    code: 'store-not-found',
    advice: () =>
      "there is no git repository there, or this token may not see it. Check the store, and the token's repositories",
    final: true,
  },
  {
    pattern: /returned error: 429/,
    code: 'store-rate-limited',
    advice: () => 'the store wants fewer requests. Wait a little and run the command again',
  },
  {
    pattern: /deny updating a hidden ref|hidden ref/,
    code: 'store-hides-ref',
    advice: () =>
      'the store hides this ref (transfer.hideRefs). Use a branch: ?ref=refs/heads/<name> at the end of store',
    final: true,
  },
  {
    pattern:
      /GH006|GH013|protected branch|[Rr]epository rule violations|hook declined|funny refname|prohibited/,
    code: 'store-refused-ref',
    advice: () =>
      "the store's rules refuse writes to this ref. Exempt this token's actor in the ruleset, or use another ref: ?ref=refs/heads/<name>",
    final: true,
  },
  {
    pattern: /protocol '?(\S+?)'? (?:is )?not (?:supported|allowed)|transport '[^']*' not allowed/,
    code: 'store-protocol',
    advice: () => 'this transport is not allowed here: only https, ssh and local stores are',
    final: true,
  },
  {
    // An empty SHA-1 repository offers its capabilities behind an id that is too short for SHA-256.
    pattern: /hash algorithm|object format|mismatched algorithms|unexpected capabilities\^\{\}/i,
    code: 'store-object-format',
    advice: () => 'the store uses another object format than this git can send. Update git',
    final: true,
  },
  {
    pattern:
      /\bis corrupt|broken ref|reference broken|inflate: data stream error|bad object|unable to unpack|object file .* is empty|unable to read|Can't load tree|missing necessary objects|did not send all necessary objects|invalid sha1 pointer|fsck error/i,
    code: 'ledger-damaged',
    advice: () =>
      'an object or the ref is damaged or missing. Run git fsck there and restore the repository from a clone; nothing was written',
  },
  {
    pattern: /\/info\/refs not valid/,
    code: 'store-not-git',
    advice: () => NOT_GIT,
  },
  {
    pattern: /Operation too slow|timed out|Timeout/i,
    code: 'store-timeout',
    advice: () =>
      "the store did not answer in time. Run the command again; if it stays so, look at the store's status page",
  },
  {
    pattern: /returned error: 5\d\d|remote: .*(?:[Ii]nternal|[Uu]navailable)/,
    code: 'store-server-error',
    advice: () => 'the store has a fault of its own. Run the command again later',
  },
  {
    pattern:
      /Could not resolve host|[Cc]onnection (?:refused|reset|closed|timed)|Failed to connect|unexpected disconnect|early EOF|RPC failed|Empty reply|hung up|Recv failure|unable to access|SSL|certificate/,
    code: 'store-unreachable',
    advice: () =>
      'the store could not be reached, or the connection broke. Check the address and the network, and run the command again',
  },
  {
    pattern: /Permission denied|Read-only file system|Operation not permitted|insufficient permission/,
    code: 'store-read-only',
    advice: () => 'this user may not write there. Run as a user who may, or choose another store',
    final: true,
  },
];

/** The error for a git child that failed while it was `doing` something at `store`. */
export function nameFailure(doing: string, execution: Execution, store: string): CodedError {
  const { code, advice } = naming(execution);
  const said = lastWords(execution.stderr);
  return inconclusive(code, `could not ${doing} at ${store}: ${advice}`, {
    cause: new Error(
      `git ended as ${execution.ended}${execution.code === null ? '' : ` ${execution.code}`}: ${said}`,
    ),
  });
}

/** True when the store said no to the request itself, so that asking again is pointless. */
export const isFinal = (execution: Execution): boolean => naming(execution).final === true;

export const notGit = (store: string) =>
  inconclusive('store-not-git', `could not read the ledger at ${store}: ${NOT_GIT}`);

export const damaged = (what: string) =>
  inconclusive(
    'ledger-damaged',
    `${what}. Run git fsck on the repository and restore it from a clone; nothing was written`,
  );

function naming(execution: Execution): { code: string; advice: string; final?: true } {
  if (execution.ended === 'timed-out') {
    return { code: 'store-timeout', advice: 'git did not end in time. Run the command again' };
  }
  if (execution.ended === 'overflowed') {
    return {
      code: 'store-overflow',
      advice: 'git printed far more than a ledger holds. Check that the ref is a ledger',
    };
  }
  for (const { pattern, code, advice, final } of NAMINGS) {
    const match = pattern.exec(execution.stderr);
    if (match !== null) return { code, advice: advice(match), ...(final ? { final } : {}) };
  }
  const said = lastWords(execution.stderr) || 'nothing';
  return {
    code: 'store-failed',
    advice: `git failed for a reason that has no name here (it said: ${printable(said, 200)}). Run the command again`,
  };
}

/** The end of what git said, printable and short: it may quote a server. */
const lastWords = (stderr: string) =>
  stderr
    .trim()
    .slice(-400)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
