import { printable } from '../../proof/encode.ts';
import { refused } from '../../proof/errors.ts';

/** What may be written to. */
export interface Writable {
  readonly origins: ReadonlySet<string>;
  /** The commands of the list may be run. */
  readonly commands: boolean;
}

/** Refuses what a policy does not let be written to: `allowed` are origins, and the word `commands`. Throws `policy-writes`. */
export function judgeWritable(allowed: readonly string[], { origins, commands }: Writable): void {
  const wanted = [...origins, ...(commands ? ['commands'] : [])];
  const beyond = wanted.find((one) => !allowed.includes(one));
  if (beyond === undefined) return;
  const list = allowed.length === 0 ? 'nothing' : allowed.join(', ');
  throw refused(
    'policy-writes',
    `the policy does not let \`allow-writes-to\` be ${printable(beyond)}; allowed: ${list}`,
  );
}
