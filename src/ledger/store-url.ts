import { resolve } from 'node:path';
import { invalid } from '../proof/errors.ts';
import { parseNamespace } from './paths.ts';

/** Where a ledger lives, parsed once. `shown` is the store as a URL without credentials. */
export type Store =
  | { readonly kind: 'git-local'; readonly path: string; readonly ref: string; readonly shown: string }
  | {
      readonly kind: 'git-remote';
      /** What git is given: https, ssh, or http on loopback. */
      readonly url: string;
      readonly protocol: 'https' | 'http' | 'ssh';
      readonly ref: string;
      readonly shown: string;
    }
  | {
      readonly kind: 'redis';
      /** With its credentials: never shown. */
      readonly url: string;
      readonly namespace: string;
      readonly shown: string;
    };

/** git-check-ref-format, narrowed to what needs no quoting anywhere. */
const REF = /^refs(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*){2,}$/;
const SSH_USER = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Parses `store`; every error names what is allowed and quotes no credentials. */
export function parseStore(text: string, namespace: string, cwd: string): Store {
  const name = parseNamespace(namespace);
  const scheme = /^([a-z+]+):/.exec(text)?.[1] ?? '';
  if (/[\s\0]/.test(text) && scheme !== 'git+file') throw bad('it contains white space');
  switch (scheme) {
    case 'git+file':
      return parseLocal(text, name, cwd);
    case 'git+https':
    case 'git+ssh':
    case 'git+http':
      return parseRemote(text, name);
    case 'redis':
    case 'rediss':
      return parseRedis(text, name);
    default:
      throw bad(`the scheme ${JSON.stringify(scheme.slice(0, 20))} is not one of them`);
  }
}

function parseLocal(text: string, namespace: string, cwd: string): Store {
  // The path is taken as it stands: no decoding, so that every folder name can be given.
  const rest = text.slice('git+file:'.length).replace(/^\/\/(?=\/)/, '');
  const [, path = '', ref] = /^(.*?)(?:\?ref=([^?]*))?$/s.exec(rest) ?? [];
  if (path === '' || path.includes('\0') || path.startsWith('//'))
    throw bad('git+file: needs the path of a repository');
  const absolute = resolve(cwd, path);
  return { kind: 'git-local', path: absolute, ...chooseRef(ref, namespace, `git+file:${absolute}`) };
}

function parseRemote(text: string, namespace: string): Store {
  const url = parseUrl(text.slice('git+'.length));
  const protocol = url.protocol.slice(0, -1);
  if (protocol !== 'https' && protocol !== 'ssh' && protocol !== 'http') throw bad('the scheme is unknown');
  if (!HOST.test(url.hostname)) throw bad('its host name is unusual');
  if (protocol === 'http' && !LOOPBACK.test(url.hostname)) {
    throw bad(
      'plain http would show the token to everybody on the way; use git+https (http is for loopback)',
    );
  }
  if (url.password !== '' || (protocol !== 'ssh' && url.username !== '')) {
    throw bad('credentials do not belong into a URL; use the input token, or a git credential helper');
  }
  if (url.username !== '' && !SSH_USER.test(url.username)) throw bad('its user name is unusual');
  if (url.hash !== '' || url.pathname.length < 2)
    throw bad('it needs the path of a repository and no fragment');
  const ref = onlyRef(url);
  const plain = `${protocol}://${url.username === '' ? '' : `${url.username}@`}${url.host}${url.pathname}`;
  return { kind: 'git-remote', url: plain, protocol, ...chooseRef(ref, namespace, `git+${plain}`) };
}

function parseRedis(text: string, namespace: string): Store {
  const url = parseUrl(text);
  const plaintextAllowed = url.searchParams.has('allow-plaintext');
  const others = [...url.searchParams.keys()].filter((key) => key !== 'allow-plaintext');
  if (others.length > 0)
    throw bad(`it does not know ${JSON.stringify(others[0])}; only allow-plaintext may follow the "?"`);
  if (!HOST.test(url.hostname) || !/^\/?\d*$/.test(url.pathname))
    throw bad('a Redis store is redis://[user:password@]host[:port][/number]');
  if (url.protocol !== 'rediss:' && !plaintextAllowed && !LOOPBACK.test(url.hostname)) {
    throw bad(
      'a Redis beyond loopback needs TLS (rediss://), or ?allow-plaintext when the network is your own',
    );
  }
  const shown = `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
  url.search = '';
  return { kind: 'redis', url: url.href, namespace, shown };
}

/** A ref of its own stands for the whole ledger, so that a second namespace on it would be the same ledger twice. */
function chooseRef(ref: string | undefined, namespace: string, shown: string) {
  if (ref === undefined) return { ref: `refs/ship-proof/${namespace}`, shown };
  if (!REF.test(ref) || /\.\.|\.lock(?:\/|$)|\.(?:\/|$)/.test(ref)) {
    throw bad('?ref= takes a full ref name, such as refs/heads/ship-proof');
  }
  if (namespace !== 'default')
    throw bad('it names a ref, which is one ledger: give either ?ref= or a namespace');
  return { ref, shown: `${shown}?ref=${ref}` };
}

function onlyRef(url: URL): string | undefined {
  const others = [...url.searchParams.keys()].filter((key) => key !== 'ref');
  if (others.length > 0)
    throw bad(`it does not know ${JSON.stringify(others[0])}; only ?ref= may follow the path`);
  const refs = url.searchParams.getAll('ref');
  if (refs.length > 1) throw bad('it names more than one ref');
  return refs[0];
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw bad('it is no URL');
  return url;
}

/** The store itself is not quoted: it may hold a password. */
const bad = (why: string) =>
  invalid(
    'store-invalid',
    `store cannot be used: ${why}. Allowed are git+https://host/owner/repo, git+ssh://…, git+file:<path>, redis:// and rediss://; a git store may end in ?ref=refs/heads/…`,
  );
