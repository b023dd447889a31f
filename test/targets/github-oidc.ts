import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';

export type Claims = Readonly<Record<string, string | number>>;

/** The platform's identity provider: tokens that say which workflow asks, signed with a key of its own. */
export interface Oidc {
  readonly issuer: string;
  /** What the next tokens say, besides times and audience. Changed by tests at any time. */
  claims: Claims;
  token(audience: string): string;
}

export const ISSUER = 'https://token.actions.githubusercontent.com';

export function createOidc(claims: Claims, issuer = ISSUER): Oidc {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    issuer,
    claims,
    token(audience) {
      const now = Math.floor(Date.now() / 1000);
      const payload = { jti: randomUUID(), iss: issuer, aud: audience, iat: now, nbf: now, exp: now + 300 };
      return jwt({ ...payload, ...this.claims }, (text) =>
        sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString(
          'base64url',
        ),
      );
    },
  };
}

/** The token of the runner's results service: all that its clients read of it is the scope. */
export const runtimeToken = (run: string, job: string): string =>
  jwt({ scp: `Actions.Results:${run}:${job}` }, () => 'unsigned');

function jwt(payload: Claims, signature: (text: string) => string): string {
  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'ES256', typ: 'JWT', kid: 'test' })}.${encode(payload)}`;
  return `${text}.${signature(text)}`;
}

/** What the platform says of a run of a workflow in a repository. */
export const claimsOf = (run: {
  readonly repository: string;
  readonly workflow: string;
  readonly ref: string;
  readonly sha: string;
  readonly event?: string;
  readonly run?: string;
  readonly attempt?: string;
}): Claims => ({
  sub: `repo:${run.repository}:ref:${run.ref}`,
  ref: run.ref,
  sha: run.sha,
  repository: run.repository,
  repository_owner: run.repository.split('/')[0] ?? '',
  repository_id: '1',
  repository_owner_id: '2',
  repository_visibility: 'public',
  event_name: run.event ?? 'push',
  workflow: 'prove',
  workflow_ref: `${run.repository}/${run.workflow}@${run.ref}`,
  workflow_sha: run.sha,
  signer_uri: `https://github.com/${run.repository}/${run.workflow}@${run.ref}`,
  job_workflow_ref: `${run.repository}/${run.workflow}@${run.ref}`,
  job_workflow_sha: run.sha,
  runner_environment: 'github-hosted',
  run_id: run.run ?? '1',
  run_attempt: run.attempt ?? '1',
});
