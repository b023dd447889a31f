import { type Reach, reachOf } from './address.ts';
import { faultOf } from './fault.ts';
import type { Address, Http, HttpAnswer } from './http.ts';

/** Where a run may go. */
export interface Reachable {
  /** The origins that the inputs name: the user's own word, so they may be private. */
  readonly origins: ReadonlySet<string>;
  readonly allowPrivate: boolean;
}

export type Destination =
  | { readonly kind: 'addresses'; readonly addresses: readonly Address[] }
  | { readonly kind: 'refused'; readonly reach: Exclude<Reach, 'public'>; readonly why: string };

/**
 * The addresses at which a URL may be asked. The connection is made to one of them, not to whatever the name resolves to a
 * moment later: else the second answer of a rebinding name would go where the first was not allowed to.
 */
export async function destinationOf(
  url: URL,
  { origins, allowPrivate }: Reachable,
  http: Http,
  signal: AbortSignal,
): Promise<Destination> {
  const addresses = await http.resolve(url.hostname, signal);
  const inner = allowPrivate || origins.has(url.origin);
  const allowed = addresses.filter(({ address }) => isAllowed(reachOf(address), inner));
  if (allowed.length > 0) return { kind: 'addresses', addresses: allowed };
  const [first] = addresses;
  const reach = first && reachOf(first.address) === 'private' ? 'private' : 'never';
  return {
    kind: 'refused',
    reach,
    why:
      reach === 'private'
        ? `${url.host} is the private address ${first?.address}, and no input names its origin ${url.origin}; give it as \`base-url\`, or \`allow-private\``
        : `${url.host} is the address ${first?.address ?? 'of nothing'}, which is never asked: such addresses hand out credentials`,
  };
}

const isAllowed = (reach: Reach, inner: boolean): boolean =>
  reach === 'public' || (reach === 'private' && inner);

/** Asks at the addresses in order: at the next one only where nobody was there to be asked. */
export async function askInTurn(
  addresses: readonly Address[],
  ask: (address: Address) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  for (const [index, address] of addresses.entries()) {
    try {
      return await ask(address);
    } catch (error) {
      const kind = faultOf(error)?.kind;
      const isLast = index === addresses.length - 1;
      if (isLast || (kind !== 'refused' && kind !== 'no-route')) throw error;
    }
  }
  throw new Error('a destination without addresses');
}
