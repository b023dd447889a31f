import { journaled } from '../ledger/journaled.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { openLedger } from '../ledger/open.ts';
import { parseStore, type Store } from '../ledger/store-url.ts';
import type { Transacted, TransactOptions } from '../ledger/transact.ts';
import { defaultFolder, defaultStore } from '../ports/places.ts';
import { assertClockAgrees } from '../ports/remote-clock.ts';
import { printable } from '../proof/encode.ts';
import { inconclusive, refused } from '../proof/errors.ts';
import type { Proof } from '../proof/schema.ts';
import { text } from './kinds.ts';
import { ledgerMirror } from './ledger/mirror.ts';
import type { Ports } from './mode.ts';

/** The inputs of every mode that reads or writes a ledger. */
export const storeInputs = {
  store: text('git+https://…, git+ssh://…, git+file:<path>, redis://… or rediss://…')
    .optional()
    .describe(
      'Where the ledger is. Default: in the action the workflow’s own repository; on the command line the local repository of the current folder, or outside a repository a bare one in `.ship-proof/`.',
    ),
  namespace: text('letters, digits, `.`, `_` and `-`')
    .prefault('default')
    .describe('Ledgers in different namespaces are independent of each other.'),
  'ledger-id': text('the id in the ledger’s genesis entry')
    .optional()
    .describe(
      'The id of the ledger that has to be found; if it is missing or another one is in its place, nothing runs.',
    ),
  'ledger-anchor': text('the `head` of an earlier proof’s `ledger`')
    .optional()
    .describe(
      'An earlier head of the ledger, kept where its writers can’t reach it; if the history no longer contains it, the ledger was rewound and nothing runs.',
    ),
} as const;

export interface StoreInput {
  readonly store?: string | undefined;
  readonly namespace: string;
  readonly token?: string | undefined;
  readonly 'ledger-id'?: string | undefined;
  readonly 'ledger-anchor'?: string | undefined;
}

/**
 * Opens the mode's ledger. Nothing is written before the first transaction, but for the bare repository that is `make`d
 * where no store is named and there is none.
 */
export async function openStore(given: StoreInput, ports: Ports, make = true): Promise<Ledger> {
  const { clock, exec, env, cwd, secrets } = ports;
  if (given.token) secrets.add(given.token);
  const store = given.store ?? (await defaultStore(ports.front, cwd, env, exec, make));
  // What is wrong with the store's name or its token is said before anything is sent.
  const parsed = parseStore(store, given.namespace, cwd);
  const token = tokenFor(parsed, given.token, env);
  await compareClocks(parsed, ports);
  const opened = await openLedger(parsed, {
    token,
    cacheDir: defaultFolder(env),
    env,
    clock,
    exec,
    ledgerId: given['ledger-id'],
    mirror: ledgerMirror(store, given.namespace, ports),
  });
  const ledger = await anchored(opened, given['ledger-anchor']);
  return journaled(ledger, (state, written) => ports.journal.note(state, written));
}

/** What it once held, it has to hold still. Throws `ledger-rewound`. */
async function anchored(ledger: Ledger, anchor: string | undefined): Promise<Ledger> {
  try {
    if (anchor === undefined || (await ledger.contains(anchor))) return ledger;
    throw inconclusive(
      'ledger-rewound',
      `the history of ${ledger.store} does not hold ${printable(anchor, 80)}, which it once had: it was wound back or replaced, so nothing is done; restore it from a clone, or change \`ledger-anchor\` on purpose`,
    );
  } catch (error) {
    await ledger[Symbol.asyncDispose]();
    throw error;
  }
}

/** With the server of a store behind http(s); Redis gives its own time, and nobody can be asked for the others. */
async function compareClocks(store: Store, ports: Ports): Promise<void> {
  if (isBehindHttp(store)) await assertClockAgrees(new URL(store.url), ports);
}

/** In a run, its token goes to the run's own server and nowhere else. */
function tokenFor(store: Store, token: string | undefined, env: Ports['env']): string | undefined {
  const server = env.GITHUB_SERVER_URL;
  if (!token || !isBehindHttp(store)) return undefined;
  if (env.GITHUB_ACTIONS !== 'true' || !server) return token;
  const { origin } = new URL(store.url);
  if (origin === URL.parse(server)?.origin) return token;
  throw refused(
    'token-elsewhere',
    `the store is on ${origin}, but the run's token is for ${server} only and is not sent elsewhere; use a git+ssh:// store, or one on this server`,
  );
}

const isBehindHttp = (store: Store): store is Store & { readonly kind: 'git-remote' } =>
  store.kind === 'git-remote' && store.protocol !== 'ssh';

/** Who acts, and as what: for every entry that a transaction writes. */
export function transactOptions(given: StoreInput, ports: Ports): TransactOptions {
  return {
    clock: ports.clock,
    ...ports.holder,
    ledgerId: given['ledger-id'],
    signal: ports.signal,
  };
}

/**
 * How long writing down what has happened may take; after that it is left to its lease. A cancelled step has ten seconds, of
 * which its command took most, and a run's `timeout` is over half a second after it at the latest.
 */
const SETTLING_MS = { most: 120_000, interrupted: 4_000, least: 500 } as const;

/** For writing down what has happened: also when the run is to end, and with patience for a store that can't be reached. */
export function settlingOptions(
  given: StoreInput & { readonly timeout?: number | undefined },
  ports: Ports,
  startedAtMs: number,
): TransactOptions {
  const most = ports.signal.aborted ? SETTLING_MS.interrupted : SETTLING_MS.most;
  const endsAtMs = startedAtMs + (given.timeout ?? Number.POSITIVE_INFINITY);
  const deadlineMs = Math.max(SETTLING_MS.least, Math.min(most, endsAtMs - ports.clock.now()));
  return { ...transactOptions(given, ports), signal: undefined, settles: true, deadlineMs };
}

/** What a proof says of the ledger: enough to find out later whether its history was changed. */
export const ledgerFields = (
  ledger: Ledger,
  at: Pick<Transacted<unknown>, 'version' | 'entries' | 'ledgerId'>,
): NonNullable<Proof['ledger']> => ({
  store: ledger.store,
  ...(at.ledgerId === null ? {} : { id: at.ledgerId }),
  head: at.version,
  entries: at.entries,
});
