import { didYouMean } from './nearest.ts';
import { invalidAt } from './place.ts';
import type { Located } from './yaml.ts';

/** Inputs that a policy sets for every mode that has them; a run that gives another value is refused. */
export const LOCKABLE = [
  'store',
  'namespace',
  'ledger-id',
  'ledger-anchor',
  'require-proof',
  'signer-workflow',
  'source-repository',
  'source-ref',
] as const;

/**
 * What a repository allows its runs, whatever their inputs say: the `policy` of the config on the default branch. Undefined
 * parts allow everything; an empty list allows nothing.
 */
export interface Policy {
  readonly locked: ReadonlyMap<(typeof LOCKABLE)[number], string>;
  /** Where `url`, `base-url` and the URLs in checks and observations may point: the same origin, and the path or one below it. */
  readonly urls: readonly URL[] | undefined;
  /** Origins that `idempotency-check` may write to, and the word `commands` where its commands may be run. */
  readonly allowWritesTo: readonly string[] | undefined;
  /** What the overrides of a proof may begin with: `idempotency-check`, `only` … */
  readonly waivers: readonly string[] | undefined;
  /** The runners that there may be, each with the most that it may spend in a day (US dollars, as written). */
  readonly runners: ReadonlyMap<string, { readonly 'spend-cap': string | undefined }> | undefined;
  /** The runners that the same config describes, with what it gives them: they need no second line here. */
  readonly configuredRunners: ReadonlyMap<string, ReadonlyMap<string, Located>>;
}

const KEYS = [...LOCKABLE, 'urls', 'allow-writes-to', 'waivers', 'runners'] as const;

/** Understands a config's `policy`. What is not understood is not enforced in part: throws `config-policy`, naming the line. */
export function parsePolicy(root: Located, runnersSection?: Located): Policy {
  const map = mapOf(root, 'policy', KEYS);
  const urls = map.get('urls');
  const writes = map.get('allow-writes-to');
  const waivers = map.get('waivers');
  const runners = map.get('runners');
  return {
    locked: new Map(
      LOCKABLE.flatMap((name) => {
        const located = map.get(name);
        return located ? [[name, lockOf(located, name)] as const] : [];
      }),
    ),
    urls: urls && listOf(urls, 'urls').map((item) => urlOf(item, 'urls')),
    allowWritesTo:
      writes &&
      listOf(writes, 'allow-writes-to').map((item) =>
        item.value === 'commands' ? item.value : urlOf(item, 'allow-writes-to').origin,
      ),
    waivers: waivers && listOf(waivers, 'waivers').map((item) => textOf(item, 'waivers')),
    runners:
      runners && new Map([...mapOf(runners, 'runners')].map(([name, own]) => [name, capOf(own, name)])),
    configuredRunners: new Map(
      [...sectionOf(runnersSection)].map(([name, own]) => [name, sectionOf(own)] as const),
    ),
  };
}

/** Another section's map: what is wrong with it is said to whoever uses it. */
const sectionOf = (located: Located | undefined): ReadonlyMap<string, Located> =>
  located?.value instanceof Map ? located.value : new Map();

function capOf(located: Located, runner: string): { readonly 'spend-cap': string | undefined } {
  if (located.value === null) return { 'spend-cap': undefined };
  const cap = mapOf(located, runner, ['spend-cap']).get('spend-cap');
  if (cap && !/^\d{1,9}(\.\d{1,6})?$/.test(String(cap.value)))
    throw wrong(cap, '`spend-cap` must be US dollars, such as 5.00');
  return { 'spend-cap': cap && String(cap.value) };
}

function mapOf(located: Located, name: string, known?: readonly string[]): ReadonlyMap<string, Located> {
  if (!(located.value instanceof Map)) throw wrong(located, `\`${name}\` must be a map`);
  const map = located.value as ReadonlyMap<string, Located>;
  for (const [key, at] of known ? map : []) {
    if (known?.includes(key)) continue;
    throw wrong(
      at,
      `\`${name}\` has no \`${key.slice(0, 80)}\`${didYouMean(key, known ?? [])}; known: ${known?.join(', ')}`,
    );
  }
  return map;
}

function listOf(located: Located, name: string): readonly Located[] {
  if (Array.isArray(located.value)) return located.value as readonly Located[];
  if (typeof located.value === 'string') return [located];
  throw wrong(located, `\`${name}\` must be a list`);
}

/** YAML takes `require-proof: true` for no text. */
const lockOf = (located: Located, name: string): string =>
  located.value === true ? 'true' : textOf(located, name);

function textOf(located: Located, name: string): string {
  if (typeof located.value === 'string' && located.value.trim() !== '') return located.value.trim();
  throw wrong(located, `\`${name}\` must be text`);
}

function urlOf(located: Located, name: string): URL {
  const url = URL.parse(textOf(located, name));
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search) return url;
  throw wrong(located, `\`${name}\` must hold http or https URLs, such as https://app.example.com/`);
}

const wrong = (located: Located, message: string) => invalidAt(located, 'config-policy', message);

/**
 * Whether a URL is at, or below, one that the policy names. A host that begins with `*.` stands for every name below it:
 * preview deployments get a new one each.
 */
export const isAllowedUrl = (url: URL, allowed: readonly URL[]): boolean =>
  allowed.some(
    ({ protocol, hostname, port, pathname }) =>
      url.protocol === protocol &&
      url.port === port &&
      (hostname.startsWith('*.') ? url.hostname.endsWith(hostname.slice(1)) : url.hostname === hostname) &&
      (url.pathname === pathname ||
        url.pathname.startsWith(pathname.endsWith('/') ? pathname : `${pathname}/`)),
  );
