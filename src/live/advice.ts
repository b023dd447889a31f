import { opaque } from './baseline.ts';
import type { Look } from './look.ts';
import { find, isWrong, type Verdict, type Wanted } from './verdict.ts';

/** The looks at one URL, and those past the caches. */
interface Seen {
  readonly looks: readonly Look[];
  readonly past: readonly Look[];
}

/** What to do about a verdict, by what was seen; undefined where there is nothing to say. */
export function adviceFor(verdict: Verdict, seen: Seen, wanted: Wanted): string | undefined {
  const { looks } = seen;
  const noRoute = [
    ...new Set(
      looks.filter((look) => find(look, wanted) === 'no-route').map(({ target }) => target.address?.address),
    ),
  ];
  const unseen =
    noRoute.length > 0 && looks.some((look) => find(look, wanted) !== 'no-route')
      ? ` Not looked at, since there is no route from here: ${noRoute.join(', ')}.`
      : '';
  const sameEtag =
    wanted.changedFrom !== undefined &&
    looks.some((look) => look.kind === 'answer' && look.served === wanted.buildId)
      ? ' The id was served under the ETag of the baseline, and `require-etag-change` is set.'
      : '';
  const advice = verdict === 'stale-edge' ? adviceForStale(seen, wanted) : ADVICE[verdict];
  return `${advice}${sameEtag}${unseen}`.trim() || undefined;
}

const ADVICE: Readonly<Record<Exclude<Verdict, 'stale-edge'>, string>> = {
  live: '',
  'old-build':
    'Even past the caches the new build was not served: the deploy did not reach the origin, or not yet.',
  'no-marker':
    'The page carries no build id. It is another page (an error with status 200, a sign-in page, a copy from before stamping), or the build was not stamped before it was deployed, or `where` has to say where the id is.',
  'error-status': 'The server answers with an error page: look at its log, and at the URL.',
  unreachable:
    'There was no answer, so nothing is proved or disproved: check the URL, and that the server is up and can be reached from here.',
};

/** Why an old copy is served beside the new build, and whether it goes by itself. */
function adviceForStale({ looks, past }: Seen, wanted: Wanted): string {
  const isNew = (look: Look) => find(look, wanted) === 'wanted';
  // Each encoding of a page has an ETag of its own.
  const etagsOf = (seen: readonly Look[]) =>
    seen.flatMap((look) =>
      look.kind === 'answer' && look.etag !== undefined
        ? [`${look.target.encoding} ${opaque(look.etag)}`]
        : [],
    );
  const newEtags = new Set(etagsOf([...looks, ...past].filter(isNew)));
  const stale = looks.filter((look) => isWrong(look, wanted)).slice(-1);
  if (etagsOf(stale).some((etag) => newEtags.has(etag))) return SAME_ETAG;
  const stillOld = past.filter((look) => !isNew(look)).map(({ target }) => target.encoding);
  if (stillOld.length > 0 && past.some(isNew))
    return `The origin has the new build, but even past the caches not for clients that accept ${stillOld.join(' or ')}: check whether a compressed copy (\`.br\`, \`.gz\`) from before the deploy, or from before stamping, lies beside the page. Compress after stamping.`;
  return 'The origin has the new build, these edges serve a copy of an old one: purge them, or wait until it expires.';
}

/** nginx makes it of size and second, and ids are of one length. */
const SAME_ETAG =
  'The origin serves the new build under the same ETag as the old one: an edge that revalidates its copy is told that it is still good, so waiting may not help. Purge these edges, and let the files of two builds differ in size or in the second of their modification.';
