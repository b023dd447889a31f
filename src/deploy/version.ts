/** A build id as `stamp` makes it tells when it was made and of which commit; one that somebody else made may not. */
const STAMPED = /^(?:[A-Za-z][A-Za-z0-9.]*-)?(\d{9,10})-([0-9a-f]{7,64}|nogit)(?:[-._].*)?$/;

/** The epoch (s) in a build id such as `build-1767225600-1a2b3c4`: what versions default to. */
export function epochOfBuildId(buildId: string): number | undefined {
  const [, epoch] =
    STAMPED.exec(buildId) ?? /^(?:[A-Za-z][A-Za-z0-9.]*-)?(\d{9,10})(?:[-._].*)?$/.exec(buildId) ?? [];
  return epoch === undefined ? undefined : Number(epoch);
}

/** The abbreviated commit in a build id; undefined where it names none. */
export function commitOfBuildId(buildId: string): string | undefined {
  const [, , commit] = STAMPED.exec(buildId) ?? [];
  return commit === 'nogit' ? undefined : commit;
}

/** What an artifact may be called: it is shown, stored and handed to commands. */
export const ARTIFACT_ID = /^[A-Za-z0-9][A-Za-z0-9._:/@+=-]{0,199}$/;
