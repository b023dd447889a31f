import { resolve } from 'node:path';
import { z } from 'zod';
import type { Baseline } from '../live/baseline.ts';
import { defaultBuildId } from '../live/build-id.ts';
import { type Look, look } from '../live/look.ts';
import { DEFAULT_META_NAME } from '../live/marker.ts';
import { LEADING_ENCODING } from '../live/question.ts';
import { type StampResult, stampDir } from '../live/stamp-dir.ts';
import { shortCommit } from '../ports/git-commit.ts';
import { conclude, instant } from '../proof/proof.ts';
import type { Check } from '../proof/schema.ts';
import { commonInputs } from './common.ts';
import { buildId, text, urls } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';

const input = z.strictObject({
  dir: text('a path')
    .prefault('dist')
    .describe('The folder of the finished build. Nothing outside of it is written.'),
  'build-id': buildId().optional().describe('Default: `build-<epoch seconds>-<short commit, or nogit>`.'),
  html: text('a glob').prefault('**/*.html').describe('The pages to stamp, relative to `dir`.'),
  meta: text('a meta name')
    .prefault(DEFAULT_META_NAME)
    .describe('The name of the `<meta>` that carries the id.'),
  file: text('a path inside dir').prefault('build-id.txt').describe('The file that holds the id alone.'),
  placeholder: text()
    .optional()
    .describe('A text to replace with the id in all text files, for single-page apps and servers.'),
  manifest: text('a path inside dir')
    .optional()
    .describe('A JSON manifest to write: the id, and the SHA-256 of every file.'),
  url: urls()
    .optional()
    .describe('URLs to look at before the deploy; what they serve becomes the output `baseline`.'),
  ...commonInputs,
});

type Input = z.output<typeof input>;

export const mode = defineMode({
  name: 'stamp',
  summary: 'Writes a unique build id into a finished build, so that it can be recognised where it is served.',
  input,
  section: 'stamp',
  outputs: {
    'build-id': 'The id that was written',
    files: 'The files that carry it, relative to `dir`, one per line',
    baseline: 'What the URLs served before the deploy, as JSON for `verify-live`',
  },
  run: stamp,
});

async function stamp(given: Input, ports: Ports) {
  const { clock, log } = ports;
  const startedAtMs = clock.now();
  const id = given['build-id'] ?? defaultBuildId(startedAtMs, await shortCommit(ports.cwd, ports.env));
  const dir = resolve(ports.cwd, given.dir);
  log.event({ start: id, dir });
  const baseline = given.url && (await takeBaseline(given.url, given.meta, ports));
  const { html, meta, file, placeholder, manifest } = given;
  const stamped = await stampDir({ dir, html, meta, file, placeholder, manifest, buildId: id });
  for (const { path, changed } of stamped.files) log.event({ file: path, changed });
  return conclude({
    mode: 'stamp',
    startedAtMs,
    endedAtMs: clock.now(),
    subject: { buildId: id, dir },
    checks: [stampedCheck(stamped), ...staleCopies(stamped), ...notSearched(stamped)],
    result: {
      'build-id': id,
      files: stamped.files.map(({ path }) => path),
      ...(baseline ? { baseline } : {}),
    },
  });
}

function stampedCheck({ dir, buildId: id, files, replacements }: StampResult): Check {
  const changed = files.filter((file) => file.changed).length;
  return {
    id: 'stamped',
    status: 'pass',
    title: `${dir} carries the build id`,
    expected: `${id} in every page`,
    observed: `${id} in ${files.length} files, ${changed} of them changed now${replacements > 0 ? `, ${replacements} placeholders replaced` : ''}`,
  };
}

function staleCopies({ staleCopies: paths }: StampResult): Check[] {
  if (paths.length === 0) return [];
  return [
    {
      id: 'compressed-copies',
      status: 'warn',
      title: 'no compressed copy of an unstamped page',
      expected: 'none beside a stamped page',
      observed: paths.join(', '),
      detail:
        'A server that prefers these copies keeps serving the page without the id: compress after stamping.',
    },
  ];
}

function notSearched({ notSearched: paths }: StampResult): Check[] {
  if (paths.length === 0) return [];
  return [
    {
      id: 'not-searched',
      status: 'warn',
      title: 'every text file was searched for the placeholder',
      expected: 'no text file that is too large to be searched',
      observed: paths.join(', '),
    },
  ];
}

const BASELINE_TIMEOUT_MS = 15_000;

/** What is served now. A URL that gives no answer (the very first deploy) has nulls: it is no reason not to stamp. */
async function takeBaseline(given: readonly URL[], meta: string, ports: Ports): Promise<Baseline> {
  const at = instant(ports.clock.now());
  const question = {
    buildId: '',
    where: { kind: 'auto', meta },
    headers: {},
    origins: new Set<string>(),
    userAgent: ports.userAgent,
  } as const;
  const looks = await Promise.all(
    given.map((url) =>
      look(
        { url, address: undefined, encoding: LEADING_ENCODING },
        question,
        { timeoutMs: BASELINE_TIMEOUT_MS, signal: ports.signal },
        ports,
      ),
    ),
  );
  for (const seen of looks) ports.log.event({ baseline: seen.target.url.href, ...baselineFields(seen) });
  return {
    schemaVersion: 1,
    at,
    urls: looks.map((seen) => ({
      url: seen.target.url.href,
      status: seen.kind === 'answer' ? seen.status : null,
      etag: (seen.kind === 'answer' && seen.etag) || null,
      buildId: (seen.kind === 'answer' && seen.served) || null,
    })),
  };
}

const baselineFields = (seen: Look) =>
  seen.kind === 'answer'
    ? { status: seen.status, etag: seen.etag, served: seen.served ?? 'none' }
    : { error: seen.code, explanation: seen.explanation };
