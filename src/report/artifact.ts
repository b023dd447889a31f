import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Toolkit } from '../ports/toolkit.ts';
import { printable } from '../proof/encode.ts';
import type { Proof } from '../proof/schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What ship-proof itself writes into the folder of evidence; whatever else stands there is somebody else's. */
const OURS =
  /^(proof\.json|proof\.sigstore\.json|junit\.xml|tests\.tap|report\.html|ledger\.jsonl|deploys\.json|screenshot-[a-z0-9-]+\.png)$/;

export type Kept = { readonly name: string; readonly id: number } | { readonly problem: string };

/** Keeps the evidence as an artifact of the run. What keeps it from being kept is one line. */
export async function keepArtifact(
  proof: Proof,
  folder: string | undefined,
  options: {
    readonly env: Environment;
    readonly toolkit: Toolkit;
    readonly retentionDays: number | undefined;
    readonly limitMs: number;
  },
): Promise<Kept> {
  const { env, toolkit, retentionDays, limitMs } = options;
  if (!env.ACTIONS_RUNTIME_TOKEN || !env.ACTIONS_RESULTS_URL) {
    return { problem: isElsewhere(env) ? GHES : 'artifacts exist only in GitHub Actions' };
  }
  if (isElsewhere(env)) return { problem: GHES };
  const names = folder === undefined ? [] : (await readdir(folder)).filter((name) => OURS.test(name)).sort();
  if (folder === undefined || names.length === 0) return { problem: 'no evidence was written' };
  const files = names.map((name) => join(folder, name));
  const task = {
    kind: 'upload-artifact',
    name: artifactName(proof, env),
    files,
    root: folder,
    retentionDays,
  } as const;
  const reply = await toolkit(task, limitMs);
  if (!reply.ok) return { problem: printable(`the upload failed: ${oneLine(reply.message)}`, 400) };
  return { name: String(reply.value.name), id: Number(reply.value.id) };
}

const GHES = 'this server has no v4 artifacts, which only github.com and ghe.com have';

/** As the toolkit tells: what is neither github.com nor ghe.com is an enterprise's own server. */
function isElsewhere({ GITHUB_SERVER_URL: server }: Environment): boolean {
  const host = URL.parse(server || 'https://github.com')?.hostname.toLowerCase() ?? '';
  return host !== 'github.com' && !host.endsWith('.ghe.com') && !host.endsWith('.localhost');
}

/** `ship-proof-<mode>-<run>-<attempt>-<job>`. */
function artifactName({ mode }: Pick<Proof, 'mode'>, env: Environment): string {
  const { GITHUB_RUN_ID: run = '0', GITHUB_RUN_ATTEMPT: attempt = '1', GITHUB_JOB: job = 'job' } = env;
  return `ship-proof-${mode}-${run}-${attempt}-${job}`.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 200);
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
