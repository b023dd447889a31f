import { MAX_FIX_CHARACTERS } from './entries.ts';

/** What mended something, as far as its text tells: a commit of this repository, or a page of a forge. */
export type FixLink =
  | { readonly kind: 'commit'; readonly sha: string }
  | { readonly kind: 'pull'; readonly number: number }
  | {
      readonly kind: 'page';
      readonly origin: string;
      /** `owner/name`. */
      readonly repository: string;
      /** Below the repository, as its pages are called: `/pull/12`. */
      readonly page: string;
      /** Below the repository in the REST API, and what a token needs to see it. */
      readonly api: string;
      readonly needs: string;
    };

const COMMIT = /^[0-9a-f]{7,64}$/;
const PULL = /^#([1-9]\d{0,9})$/;
const PAGE = /^\/([\w.-]+\/[\w.-]+)\/(commit|pull|actions\/runs)\/([0-9a-f]{1,64})(?:\/.*)?$/;

const APIS = {
  commit: ['/commits/', 'contents: read'],
  pull: ['/pulls/', 'pull-requests: read'],
  'actions/runs': ['/actions/runs/', 'actions: read'],
} as const;

/** Reads a fix: a commit id, `#12`, or the URL of a commit, a pull request or a run; undefined for anything else. */
export function parseFix(text: string): FixLink | undefined {
  const sha = text.toLowerCase();
  if (COMMIT.test(sha)) return { kind: 'commit', sha };
  const pull = PULL.exec(text);
  if (pull) return { kind: 'pull', number: Number(pull[1]) };
  const url = URL.parse(text);
  if (!url || !isSafe(url) || url.username || url.password) return undefined;
  const [, repository = '', what, id = ''] = PAGE.exec(url.pathname) ?? [];
  if (what !== 'commit' && what !== 'pull' && what !== 'actions/runs') return undefined;
  if (what === 'commit' ? !COMMIT.test(id) : !/^\d+$/.test(id)) return undefined;
  // The ledger's readers take no longer one for this program's.
  if (url.origin.length + url.pathname.length > MAX_FIX_CHARACTERS) return undefined;
  const [path, needs] = APIS[what];
  return {
    kind: 'page',
    origin: url.origin,
    repository,
    page: `/${what}/${id}`,
    api: `${path}${id}`,
    needs,
  };
}

/** Pages are asked for over https; on this machine itself http will do. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' ||
  (protocol === 'http:' && (hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')));
