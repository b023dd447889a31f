// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scripts of a shell
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type Target } from './server.ts';

/** A hosting platform of one site: commands on PATH stage builds and make one of them live, and it serves that one. */
export interface Platform extends Target {
  /** To be put before PATH. */
  readonly bin: string;
  /** What the commands did, one line each: `publish build-1`, `promote art-1`. */
  did(): string[];
  /** What is live; undefined before the first promotion. */
  live(): string | undefined;
  /** What visitors get whatever is promoted: an edge that keeps an old page. */
  pin(page: string | undefined): void;
  /** The next call of `platform <what>` dies before, or after, it had its effect; or waits until the file `go` is there. */
  breakNext(what: 'publish' | 'promote', how: 'before' | 'after' | 'waits'): void;
  /** Lets the command go on that waits. */
  go(): void;
}

/**
 * `platform publish <folder>` prints the id of what it staged, the same for the same build; `platform promote <id>` makes it
 * live. The other commands are those of real platforms, and say the same in their own words.
 */
const PLATFORM = `
what=$1
if [ -f "$HOME_OF_PLATFORM/break-$what" ]; then
  how=$(cat "$HOME_OF_PLATFORM/break-$what"); rm "$HOME_OF_PLATFORM/break-$what"
fi
[ "\${how-}" = before ] && exit 9
if [ "\${how-}" = waits ]; then
  echo "waiting in $what"
  while [ ! -f "$HOME_OF_PLATFORM/go" ]; do sleep 0.05; done
fi
case $what in
publish)
  id=art-$(cat "$2/build-id.txt")
  rm -rf "$HOME_OF_PLATFORM/staged/$id"
  cp -R "$2" "$HOME_OF_PLATFORM/staged/$id"
  echo "$id"
  ;;
image)
  mkdir -p "$HOME_OF_PLATFORM/staged/$2"
  printf '<!doctype html><head><meta name="x-build-id" content="%s"></head><h1>Hello</h1>' "$3" >"$HOME_OF_PLATFORM/staged/$2/index.html"
  ;;
promote)
  [ -d "$HOME_OF_PLATFORM/staged/$2" ] || { echo "nothing is staged as $2" >&2; exit 8; }
  printf %s "$2" >"$HOME_OF_PLATFORM/live.new" && mv "$HOME_OF_PLATFORM/live.new" "$HOME_OF_PLATFORM/live"
  ;;
esac
echo "$what $2" >>"$HOME_OF_PLATFORM/did"
[ "\${how-}" = after ] && exit 9
exit 0
`;

/** Each with what the real command prints, as far as the examples read it. */
const COMMANDS: Readonly<Record<string, string>> = {
  platform: PLATFORM,
  npm: 'case "$*" in ci) ;; "run build") mkdir -p dist && cp page.html dist/index.html ;; *) echo "npm $*" >>"$HOME_OF_PLATFORM/did" ;; esac',
  // Of `@scope/name-cli@1` the command is what is left of the name.
  npx: '[ "$1" = --yes ] && shift; name=${1##*/}; name=${name%@*}; shift; exec "${name%-cli}" "$@"',
  'claude-code': `echo '{"type":"result","subtype":"success","is_error":false,"total_cost_usd":0.31,"result":"done"}'`,
  vercel: `
[ -n "$VERCEL_TOKEN" ] || { echo "no credentials" >&2; exit 1; }
case $1 in
pull) ;;
build) mkdir -p .vercel/output/static && cp page.html .vercel/output/static/index.html ;;
deploy) echo "Inspect: …" >&2; echo "https://$(platform publish .vercel/output/static).vercel.app" ;;
promote | rollback) id=\${2#https://}; platform promote "\${id%.vercel.app}" ;;
esac`,
  netlify: `
[ -n "$NETLIFY_AUTH_TOKEN" ] && [ -n "$NETLIFY_SITE_ID" ] || { echo "no credentials" >&2; exit 1; }
case $1 in
deploy) printf '{"site_id":"s","deploy_id":"%s"}\\n' "$(platform publish dist)" ;;
api) platform promote "$(printf %s "$4" | sed 's/.*"deploy_id": *"\\([^"]*\\)".*/\\1/')" >/dev/null; echo '{}' ;;
esac`,
  wrangler: `
[ -n "$CLOUDFLARE_API_TOKEN" ] && [ -n "$CLOUDFLARE_ACCOUNT_ID" ] || { echo "no credentials" >&2; exit 1; }
id=$(platform publish "$3")
case "$*" in *--branch=main*) platform promote "$id" ;; esac
echo "Deployment complete! Take a peek over at https://$id.pages.dev"`,
  curl: 'echo true', // An installer that has nothing to do.
  flyctl: `
[ -n "$FLY_API_TOKEN" ] || { echo "no credentials" >&2; exit 1; }
shift
while [ $# -gt 0 ]; do
  case $1 in
  --image-label) label=$2; shift ;;
  --build-arg) id=\${2#BUILD_ID=}; shift ;;
  --image) image=$2; shift ;;
  esac
  shift
done
if [ -n "\${image-}" ]; then platform promote "\${image##*:}"; else platform image "$label" "$id"; fi`,
  docker: `
case $1 in
login) cat >/dev/null ;;
build) ;;
push) echo "latest: digest: sha256:$(printf %s "$2" | sha256sum | cut -d' ' -f1) size: 1" ;;
inspect) printf '%s@sha256:%s\\n' "\${4%:*}" "$(printf %s "$4" | sha256sum | cut -d' ' -f1)" ;;
esac`,
  ssh: `
while [ $# -gt 1 ]; do case $1 in -o | -i) shift 2 ;; *) break ;; esac; done
shift
case $1 in
pull*) id=$(printf %s "$1" | sed 's/.*sha256:/sha256-/'); platform image "$id" "$SHIP_PROOF_BUILD_ID" ;;
*) id=$(printf %s "$1" | sed 's/.*sha256:/sha256-/'); platform promote "$id" ;;
esac`,
};

/** Starts a platform. Its commands are scripts for a POSIX shell. */
export async function startPlatform(): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), 'ship-proof-platform-'));
  const bin = join(folder, 'bin');
  for (const path of [bin, join(folder, 'staged')]) mkdirSync(path);
  for (const [name, script] of Object.entries(COMMANDS)) addCommand(bin, name, script, folder);
  const read = (name: string): string | undefined =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
  const live = () => read('live');
  let pinned: string | undefined;
  const server = await startServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://platform').pathname;
    const name = path.endsWith('/') ? `${path}index.html` : path;
    const text = pinned ?? (live() === undefined ? undefined : read(join('staged', live() ?? '', name)));
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(text ?? 'not found\n');
  });
  return {
    ...server,
    bin,
    did: () => (read('did') ?? '').split('\n').filter((line) => line !== ''),
    live,
    pin: (page) => {
      pinned = page;
    },
    breakNext: (what, how) => {
      rmSync(join(folder, 'go'), { force: true });
      writeFileSync(join(folder, `break-${what}`), how);
    },
    go: () => writeFileSync(join(folder, 'go'), ''),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Puts a command into a folder of commands. */
export function addCommand(bin: string, name: string, script: string, folder: string): void {
  const path = join(bin, name);
  const body = `#!/bin/bash\nexport HOME_OF_PLATFORM='${folder}'\nexport PATH='${bin}':"$PATH"\n${script}\n`;
  writeFileSync(path, body);
  chmodSync(path, 0o755);
}
