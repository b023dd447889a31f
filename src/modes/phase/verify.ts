import type { z } from 'zod';
import { decideVerified } from '../../deploy/verified.ts';
import type { Transacted } from '../../ledger/transact.ts';
import { proofDigest } from '../../proof/digest.ts';
import { printable } from '../../proof/encode.ts';
import { invalid } from '../../proof/errors.ts';
import type { Check, Outcome } from '../../proof/schema.ts';
import type { Ports } from '../mode.ts';
import { mode as verifyLive } from '../verify-live.ts';
import { type DeployContext, transactDeploy } from './session.ts';

type VerifyInput = z.output<typeof verifyLive.input>;

/** Makes the input of `verify-live` for a build; undefined where nothing is to be verified. */
export type Verification = ((buildId: string) => VerifyInput) | undefined;

interface Given {
  readonly verify: unknown;
  readonly urls?: readonly URL[] | undefined;
}

/** Understands `verify` before anything is done. Throws `input-…`. */
export async function verificationOf(given: Given, ports: Ports): Promise<Verification> {
  const map = await mapOf(given.verify);
  if (!map) return undefined;
  const own = map.url === undefined && given.urls ? { url: given.urls.map(({ href }) => href) } : {};
  const make = (buildId: string): VerifyInput => {
    const parsed = verifyLive.input.safeParse({ ...map, ...own, 'build-id': buildId });
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'verify';
    throw invalid(
      'input-invalid',
      `input \`verify\` has no usable \`${printable(where, 60)}\`; allowed: the inputs of verify-live, and its \`url\` there or in \`urls\``,
    );
  };
  await verifyLive.check?.(make('build-0'), ports);
  return make;
}

async function mapOf(verify: unknown): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (typeof verify === 'string' && verify !== 'true' && verify !== 'false') {
    const { parseYaml, plain } = await import('../../config/yaml.ts');
    return mapOf(plain(parseYaml(verify, 'verify'), (text) => text));
  }
  if (verify === false || verify === 'false') return undefined;
  if (verify === true || verify === 'true') return {};
  if (typeof verify === 'object' && verify !== null && !Array.isArray(verify))
    return verify as Readonly<Record<string, unknown>>;
  throw invalid('input-invalid', 'input `verify` is no map; allowed: true, false, or such as { within: 5m }');
}

/** Which build should be live, of which deploy. */
export interface Deploying {
  readonly environment: string;
  readonly deployId: string;
  readonly buildId: string;
}

export interface Verified {
  readonly checks: readonly Check[];
  readonly outcome: Outcome;
  readonly last: Transacted<unknown>;
}

/** Looks whether the build is live, and records what was found with the deploy, whatever it is. */
export async function verifyDeploy(
  context: DeployContext,
  deploying: Deploying,
  make: NonNullable<Verification>,
): Promise<Verified> {
  const { ports } = context;
  const proof = await verifyLive.run(make(deploying.buildId), { ...ports, log: ports.log.as('verify-live') });
  const last = await transactDeploy(
    context,
    deploying,
    (snapshot, moment) =>
      decideVerified(
        snapshot,
        {
          ...deploying,
          outcome: proof.outcome,
          digest: proofDigest(proof),
          by: ports.holder,
        },
        moment,
      ),
    { signal: new AbortController().signal },
  );
  ports.log.event({ verified: proof.outcome, deploy: deploying.deployId });
  return { checks: proof.checks, outcome: proof.outcome, last };
}
