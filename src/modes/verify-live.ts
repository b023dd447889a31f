import { z } from 'zod';
import type { Baseline } from '../live/baseline.ts';
import { baselineChecks, etagEvidence, liveCheck, redirectChecks } from '../live/evidence.ts';
import { parseWhere, type Where } from '../live/marker.ts';
import type { Plan } from '../live/plan.ts';
import { servedIds, worst } from '../live/verdict.ts';
import { leastWithinMs, watch } from '../live/watch.ts';
import { invalid } from '../proof/errors.ts';
import { conclude } from '../proof/proof.ts';
import { loadBaseline } from './baseline.ts';
import { commonInputs } from './common.ts';
import { buildId, choice, duration, flag, headers, integer, shortDuration, text, urls } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { registerSecretHeaders } from './secret-headers.ts';
import { logTo, seconds } from './verify-live/log.ts';

const DAY_MS = 86_400_000;
/** One good look may be chance; it is fewer than the default asks for. */
const FEWEST_CONFIRMATIONS = 2;

const input = z.strictObject({
  url: urls().describe('The URLs that visitors open; every one has to serve the build.'),
  'build-id': buildId().describe(
    'The id that `stamp` wrote into the build. It is compared exactly and never sent.',
  ),
  where: text('auto, text, contains, meta:NAME, header:NAME or json:PATH')
    .prefault('auto')
    .describe(
      'Where the id stands. `auto`: in HTML the meta tag, anywhere else the whole trimmed body. `contains`: anywhere in the body, not touching letters, digits, `.`, `_` or `-`.',
    ),
  within: duration(100, DAY_MS).prefault('2m').describe('How long to keep looking.'),
  'max-polls': integer(1, 100_000)
    .optional()
    .describe('The maximum number of rounds. Default: as many as fit into `within`.'),
  confirmations: integer(1, 100)
    .prefault('2')
    .describe(
      'How many good rounds in a row are required, half a second apart (1 is weaker: recorded in the proof).',
    ),
  edges: choice(['all', 'one'])
    .prefault('all')
    .describe('Check every address that the name resolves to, or only one (weaker: recorded in the proof).'),
  baseline: text('the JSON that stamp gave as `baseline`, or the path of a file with it')
    .optional()
    .describe('What was served before the deploy: the output `baseline` of `stamp`.'),
  'require-etag-change': flag()
    .prefault(false)
    .describe(
      'The ETag must differ from the baseline too. Off by default: many servers keep an ETag over a change.',
    ),
  headers: headers()
    .prefault({})
    .describe(
      'Header fields to send, `name: value`, one per line. They go only to the origins in `url`; their values are masked.',
    ),
  'fail-fast': flag()
    .prefault(false)
    .describe('Stop as soon as every wrong copy is known to stay cached for longer than `within`.'),
  ...commonInputs,
});

type Input = z.output<typeof input>;

export const mode = defineMode({
  name: 'verify-live',
  summary: 'Polls until exactly the wanted build id is served, from every address and in every encoding.',
  input,
  section: 'live',
  outputs: {
    live: 'true when the build is proved live',
    polls: 'How many rounds of requests were made',
    'elapsed-ms': 'How long it took',
    etag: 'The last ETag of the first URL',
    served: 'The build ids served in the last round, comma-separated',
    verdict: 'live, old-build, stale-edge, no-marker, error-status or unreachable',
  },
  check: async (given, ports) => void (await checked(given, ports)),
  run: verifyLive,
});

/** What of the input needs more than its own value to be understood. */
async function checked(given: Input, ports: Ports) {
  const where = await checkedWhere(given.where);
  const baseline = await loadBaseline(given.baseline, ports.cwd);
  checkConsistent(given, baseline);
  return { where, baseline };
}

async function verifyLive(given: Input, ports: Ports) {
  const startedAtMs = ports.clock.now();
  const { where, baseline } = await checked(given, ports);
  registerSecretHeaders(given.headers, ports.secrets);
  const wanted = (url: URL) => ({
    buildId: given['build-id'],
    changedFrom: given['require-etag-change']
      ? (baseline?.urls.find((item) => item.url === url.href)?.etag ?? undefined)
      : undefined,
  });
  const plan: Plan = {
    urls: given.url,
    question: {
      buildId: given['build-id'],
      where,
      headers: given.headers,
      origins: new Set(given.url.map((url) => url.origin)),
      userAgent: ports.userAgent,
    },
    wanted,
    withinMs: given.within,
    maxPolls: given['max-polls'],
    confirmations: given.confirmations,
    edges: given.edges,
    failFast: given['fail-fast'],
  };
  ports.log.event({
    start: given['build-id'],
    urls: given.url.length,
    within: shortDuration(given.within),
    confirmations: given.confirmations,
  });

  const watched = await watch(plan, ports, logTo(ports, plan));

  const looks = watched.rounds.flatMap((round) => round.looks);
  const verdict = worst([...watched.verdicts.values()]);
  const etag = etagEvidence(given.url[0], looks, baseline);
  ports.log.event({
    verdict,
    polls: watched.rounds.length,
    confirmed: watched.confirmed,
    elapsed: seconds(watched.elapsedMs),
    etag: etag.evidence,
  });
  return conclude({
    mode: 'verify-live',
    startedAtMs,
    endedAtMs: ports.clock.now(),
    subject: { buildId: given['build-id'], url: given.url.map((url) => url.href) },
    checks: [
      ...given.url.map((url) =>
        liveCheck(
          url,
          watched.verdicts.get(url) ?? 'unreachable',
          looks,
          wanted(url),
          given.confirmations,
          watched.past,
        ),
      ),
      ...redirectChecks(given.url, looks),
      ...baselineChecks(given.url, baseline, given['build-id']),
    ],
    result: {
      live: verdict === 'live',
      polls: watched.rounds.length,
      'elapsed-ms': watched.elapsedMs,
      etag: etag.etag ?? '',
      served: servedIds(watched.rounds.at(-1)?.looks ?? []).join(','),
      verdict,
    },
    overrides: [
      ...(given.edges === 'one' ? ['edges: one'] : []),
      ...(given.confirmations < FEWEST_CONFIRMATIONS ? [`confirmations: ${given.confirmations}`] : []),
    ],
    ...(watched.interrupted ? { outcome: 'inconclusive' } : {}),
  });
}

/** The place where the id stands; a JSON path is compiled here, before anything is sent. */
async function checkedWhere(given: string): Promise<Where> {
  const where = parseWhere(given);
  if (!where) {
    throw invalid(
      'input-invalid',
      `input \`where\` is ${JSON.stringify(given)}; allowed: auto, text, contains, meta:NAME, header:NAME or json:PATH`,
    );
  }
  if (where.kind === 'json') {
    const { compile, JSONPathError } = await import('json-p3');
    try {
      compile(where.path);
    } catch (error) {
      if (!(error instanceof JSONPathError)) throw error;
      throw invalid(
        'input-invalid',
        `input \`where\` has a path that is no JSONPath (RFC 9535), ${JSON.stringify(where.path)}: ${error.message}`,
        { cause: error },
      );
    }
  }
  return where;
}

/** What can't be fulfilled is said before the first request. */
function checkConsistent(given: Input, baseline: Baseline | undefined): void {
  const { confirmations, within } = given;
  const maxPolls = given['max-polls'];
  if (maxPolls !== undefined && maxPolls < confirmations) {
    throw invalid(
      'input-conflict',
      `input \`max-polls\` is ${maxPolls}, which can't hold ${confirmations} confirmations; give at least ${confirmations}, or fewer \`confirmations\``,
    );
  }
  if (within <= leastWithinMs(confirmations)) {
    throw invalid(
      'input-conflict',
      `input \`within\` is ${shortDuration(within)}, but ${confirmations} confirmations take ${shortDuration(leastWithinMs(confirmations))}; give more time, or fewer \`confirmations\``,
    );
  }
  const unknown = given.url.find(({ href }) => !baseline?.urls.some(({ url }) => url === href));
  if (given['require-etag-change'] && unknown) {
    throw invalid(
      'input-missing',
      `input \`require-etag-change\` needs a \`baseline\` with ${unknown.href}: give stamp the same \`url\` before the deploy, and its output \`baseline\` here`,
    );
  }
}
