import { ErrorReply } from 'redis';
import { printable } from '../proof/encode.ts';
import { docsPage } from '../proof/error-page.ts';
import { type CodedError, inconclusive } from '../proof/errors.ts';

interface Naming {
  readonly pattern: RegExp;
  readonly code: string;
  readonly advice: string;
}

/** Redis begins its errors with a word; the client and the system have names of their own. */
const NAMINGS: readonly Naming[] = [
  {
    pattern: /^(?:NOAUTH|WRONGPASS)|invalid username-password|without any password configured/,
    code: 'store-auth',
    advice: 'it did not accept the credentials. Check the user and the password in store',
  },
  {
    pattern: /NOPERM/,
    code: 'store-forbidden',
    advice: `this user may not run what a ledger needs. See the ACL recipe in ${docsPage('ledger.md#redis')}`,
  },
  {
    pattern: /READONLY|NOREPLICAS/,
    code: 'store-read-only',
    advice: 'it is a replica, or has too few of them, and takes no writes. Use the address of the primary',
  },
  {
    pattern: /\bOOM\b|MISCONF|No space left/,
    code: 'store-disk-full',
    advice: 'its memory or disk is full. Give it room and run the command again',
  },
  {
    pattern: /WRONGTYPE|ledger-foreign/,
    code: 'ledger-foreign',
    advice:
      'keys of another program stand where the ledger would be. Choose another namespace or database number',
  },
  {
    pattern: /ledger-broken/,
    code: 'ledger-broken',
    advice: 'its keys contradict one another: some were lost or changed by hand. Restore it from a backup',
  },
  {
    pattern: /LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|^BUSY|max number of clients/,
    code: 'store-server-error',
    advice: 'it is not ready. Run the command again in a moment',
  },
  {
    pattern: /certificate|SSL|TLS/i,
    code: 'store-tls',
    advice:
      'the TLS handshake failed. Check the host name and the certificate (NODE_EXTRA_CA_CERTS for a CA of your own)',
  },
];

const refusedWith = (said: string) => ({
  code: 'store-failed',
  advice: `it refused a command for a reason that has no name here (it said: ${printable(said, 200)}). A ledger needs Redis 7 or newer, at the node that holds its keys, with scripts allowed`,
});
const UNREACHABLE = {
  code: 'store-unreachable',
  advice: 'it could not be reached, or the connection broke. Check the address and run the command again',
};

export function nameRedisFailure(error: unknown, store: string): CodedError {
  const message = error instanceof Error ? error.message : String(error);
  // What the server answered is its last word; only what never came is worth asking for again.
  const { code, advice } =
    NAMINGS.find(({ pattern }) => pattern.test(message)) ??
    (error instanceof ErrorReply ? refusedWith(message) : UNREACHABLE);
  return inconclusive(code, `could not use Redis at ${store}: ${advice}`, { cause: error });
}
