import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addCommand } from './platform-command.ts';

/** `gh` with releases, and `npm` with nothing behind it. */
export interface Shelf extends Disposable {
  readonly bin: string;
  release(tag: string): { readonly state: string; readonly assets: readonly string[] } | undefined;
  gh(): string[];
  npm(): string[];
  /** The next `gh release <what>`, or `npm run <what>`, fails. */
  failNext(what: string): void;
}

const FAIL = `[ -f "$HOME_OF_PLATFORM/fail-$2" ] && { rm "$HOME_OF_PLATFORM/fail-$2"; exit 1; }`;

/** A published release takes no files: it is immutable. */
const GH = `
echo "$*" >>"$HOME_OF_PLATFORM/gh"
[ -n "$GH_TOKEN" ] || { echo "no token" >&2; exit 4; }
${FAIL}
at="$HOME_OF_PLATFORM/releases/\${3-}"
case "$1 $2" in
"release list") for it in "$HOME_OF_PLATFORM"/releases/*; do
    [ -d "$it" ] && case "$*" in *"\\"\${it##*/}\\""*) cat "$it/.state" ;; esac
  done; exit 0 ;;
"release create") mkdir -p "$at"; echo draft >"$at/.state" ;;
"release upload") grep -q draft "$at/.state" || { echo "immutable" >&2; exit 1; }; tag=$3; shift 3; for file; do [ "$file" = --clobber ] || cp "$file" "$at"; done ;;
"release edit") echo published >"$at/.state" ;;
*) echo "unknown: $*" >&2; exit 2 ;;
esac`;

const NPM = `
echo "$*" >>"$HOME_OF_PLATFORM/npm"
${FAIL}
[ "$1" = sbom ] && echo '{"bomFormat":"CycloneDX"}'
exit 0`;

export function startShelf(): Shelf {
  const folder = mkdtempSync(join(tmpdir(), 'ship-proof-shelf-'));
  const at = join(folder, 'at');
  mkdirSync(join(at, 'releases'), { recursive: true });
  addCommand(folder, 'gh', GH, at);
  addCommand(folder, 'npm', NPM, at);
  const lines = (name: string): string[] =>
    existsSync(join(at, name)) ? readFileSync(join(at, name), 'utf8').trimEnd().split('\n') : [];
  return {
    bin: folder,
    gh: () => lines('gh'),
    npm: () => lines('npm'),
    release: (tag) => {
      const path = join(at, 'releases', tag);
      if (!existsSync(path)) return undefined;
      const assets = readdirSync(path).filter((name) => name !== '.state');
      return { state: readFileSync(join(path, '.state'), 'utf8').trim(), assets: assets.sort() };
    },
    failNext: (what) => writeFileSync(join(at, `fail-${what}`), ''),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
