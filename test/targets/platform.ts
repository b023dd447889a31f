import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { linesOf } from '../once/workshop.ts';

/**
 * A hosting platform of folders: artifacts are staged under their ids, and `live` points to one of them. Its command does whatever
 * phase it is called for, and counts; two of its calls at the same time are written down as wrong.
 */
export interface Platform {
  /** What stands after `--`. */
  readonly command: readonly string[];
  readonly live: () => string | undefined;
  readonly artifacts: () => string[];
  /** `begin promote d1 7`, `end promote d1 7` … in their order. */
  readonly calls: () => string[];
  /** How often a phase's effect was applied: its calls that came to their end. */
  readonly ended: (phase: string) => number;
  /** What must not be there. */
  readonly wrong: () => string[];
  /** The page that visitors get. */
  readonly page: (artifact?: string) => string | undefined;
  /** Calls the command without ship-proof. */
  readonly call: (phase: string, build: string, fence: number, artifact: string) => void;
}

export function makePlatform(folder: string): Platform {
  mkdirSync(join(folder, 'artifacts'), { recursive: true });
  const path = join(folder, 'platform');
  writeFileSync(path, script(folder));
  chmodSync(path, 0o755);
  const live = () => {
    const link = join(folder, 'live');
    return existsSync(link) ? readlinkSync(link).split('/').at(-1) : undefined;
  };
  const calls = () => linesOf(join(folder, 'calls'));
  return {
    command: [path],
    live,
    artifacts: () => readdirSync(join(folder, 'artifacts')).filter((name) => !name.startsWith('.')),
    calls,
    ended: (phase) => calls().filter((line) => line.startsWith(`end ${phase} `)).length,
    wrong: () => linesOf(join(folder, 'wrong')),
    page: (id = live()) => {
      const file = join(folder, 'artifacts', id ?? 'none');
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    },
    call: (phase, build, fence, artifact) => {
      const own = {
        PHASE: phase,
        DEPLOY_ID: build,
        BUILD_ID: build,
        FENCE: String(fence),
        ARTIFACT_ID: artifact,
        OUTPUT: '/dev/null',
      };
      const env = Object.fromEntries(
        Object.entries(own).map(([name, value]) => [`SHIP_PROOF_${name}`, value]),
      );
      execFileSync(path, { env: { PATH: process.env.PATH, ...env } });
    },
  };
}

/** What a user's own deploy script may look like. Each of its steps can be done twice. */
const script = (folder: string): string => `#!/bin/sh
set -e
cd "${folder}"
exec 9>lock
flock -n 9 || echo "$SHIP_PROOF_PHASE at the same time, fence $SHIP_PROOF_FENCE" >> wrong
words="$SHIP_PROOF_PHASE $SHIP_PROOF_DEPLOY_ID $SHIP_PROOF_FENCE"
echo "begin $words" >> calls
echo "artifact $SHIP_PROOF_ARTIFACT_ID"
case "$SHIP_PROOF_PHASE" in
  build)
    printf '<html><head><meta name="x-build-id" content="%s"></head></html>' "$SHIP_PROOF_BUILD_ID" > ".built-$SHIP_PROOF_DEPLOY_ID"
    ;;
  publish)
    cp ".built-$SHIP_PROOF_DEPLOY_ID" ".staging-$SHIP_PROOF_FENCE"
    mv ".staging-$SHIP_PROOF_FENCE" "artifacts/art-$SHIP_PROOF_DEPLOY_ID"
    echo "artifact-id=art-$SHIP_PROOF_DEPLOY_ID" >> "$SHIP_PROOF_OUTPUT"
    ;;
  promote|rollback)
    test -f "artifacts/$SHIP_PROOF_ARTIFACT_ID"
    ln -sfn "artifacts/$SHIP_PROOF_ARTIFACT_ID" ".live-$SHIP_PROOF_FENCE"
    mv -T ".live-$SHIP_PROOF_FENCE" live
    ;;
esac
echo "end $words" >> calls
`;
