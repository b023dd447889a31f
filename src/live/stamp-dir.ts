import { globMatcher, openFolder } from '../ports/fs.ts';
import { invalid } from '../proof/errors.ts';
import { parseBuildId, parseMetaName } from './build-id.ts';
import { ownFile, stampFiles } from './stamp-files.ts';
import { describeBuild } from './stamp-manifest.ts';
import { judgePlaceholder } from './stamp-placeholder.ts';
import type { StampedFile } from './stamp-record.ts';
import { readHistory, writeStamp } from './stamp-write.ts';

export interface StampRequest {
  readonly dir: string;
  /** A glob, relative to `dir`; the case of letters does not matter. */
  readonly html: string;
  readonly meta: string;
  /** The file that will hold the id alone, relative to `dir`. */
  readonly file: string;
  /** Text that is replaced by the id in all text files. */
  readonly placeholder?: string | undefined;
  /** The JSON file that will list the build, relative to `dir`. */
  readonly manifest?: string | undefined;
  readonly buildId: string;
}

export interface StampResult {
  /** Absolute. */
  readonly dir: string;
  readonly buildId: string;
  /** Every page, every other file in which a placeholder was replaced, the manifest, and last the id file. */
  readonly files: readonly StampedFile[];
  /** How often the placeholder was replaced in this run. */
  readonly replacements: number;
  /** Compressed copies (`index.html.br`) of changed files: a server that prefers them goes on serving the old bytes. */
  readonly staleCopies: readonly string[];
  /** Files too large to be searched for the placeholder. */
  readonly notSearched: readonly string[];
}

/**
 * Stamps a build with its id. Everything is read and decided before anything is written, so a file that cannot be
 * understood stops it before the first change. Stamping again with the same id changes nothing, or finishes what a
 * dead run began (see writeStamp).
 */
export async function stampDir(request: StampRequest, open = openFolder): Promise<StampResult> {
  const buildId = parseBuildId(request.buildId);
  const meta = parseMetaName(request.meta);
  const { placeholder } = request;
  if (placeholder === '') throw invalid('stamp-placeholder', 'the placeholder is empty: leave it out');
  const isPagePath = globMatcher(request.html);
  const folder = await open(request.dir);
  const { files, staged } = await folder.list();
  const idPath = await folder.place(request.file);
  const manifestPath = request.manifest === undefined ? undefined : await folder.place(request.manifest);
  refuseCollisions(idPath, manifestPath, isPagePath);

  const build = files.filter(({ path }) => path !== idPath && path !== manifestPath);
  const { outputs, replacements, notSearched } = await stampFiles(
    folder,
    build,
    ({ names }) => names.some(isPagePath),
    { meta, placeholder, buildId },
  );
  if (placeholder !== undefined) {
    judgePlaceholder(placeholder, replacements, buildId, await readHistory(folder, idPath), folder.root);
  } else if (outputs.length === 0) {
    throw nothingToStamp(folder.root, request.html, build.length);
  }

  const idFile = await ownFile(folder, idPath, 'build-id', `${buildId}\n`);
  const written = [...outputs];
  if (manifestPath !== undefined) {
    const manifest = await describeBuild(folder, build, [...outputs, idFile], buildId);
    written.push(await ownFile(folder, manifestPath, 'manifest', `${JSON.stringify(manifest, null, 2)}\n`));
  }
  await writeStamp(folder, written, idFile, staged);
  return {
    dir: folder.root,
    buildId,
    files: [...written, idFile].map(({ content: _, ...file }) => file),
    replacements,
    staleCopies: compressedCopies(
      build.map(({ path }) => path),
      outputs,
    ),
    notSearched,
  };
}

/** Neither the id file nor the manifest may be a page or the other; some file systems don't tell A from a. */
function refuseCollisions(id: string, manifest: string | undefined, isPage: (path: string) => boolean): void {
  if (id.toLowerCase() === manifest?.toLowerCase()) {
    throw invalid('stamp-path', `file and manifest are both ${id}: give two different paths`);
  }
  for (const path of [id, manifest]) {
    if (path === undefined || !isPage(path)) continue;
    throw invalid(
      'stamp-path',
      `${path} is a page by the glob html, so it can't hold something else: give another path`,
    );
  }
}

const nothingToStamp = (root: string, glob: string, count: number) =>
  invalid(
    'stamp-nothing',
    `there is nothing to stamp in ${root}: none of its ${count} files matches ${JSON.stringify(glob)}, and no ` +
      'placeholder was given: correct dir or html, or give a placeholder',
  );

const COMPRESSED = /\.(?:gz|br|zst)$/i;

const compressedCopies = (paths: readonly string[], outputs: readonly StampedFile[]): string[] => {
  const changed = new Set(outputs.filter((file) => file.changed).map(({ path }) => path));
  return paths.filter((path) => COMPRESSED.test(path) && changed.has(path.replace(COMPRESSED, '')));
};
