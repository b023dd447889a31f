import { invalid } from '../proof/errors.ts';
import type { Redactor } from '../proof/redact.ts';

/** Names that hold the runner's and our own credentials or state: no config may send them anywhere. */
const FORBIDDEN = /^(GITHUB_|ACTIONS_|INPUT_|RUNNER_|STATE_)|^SHIP_PROOF_KEY_SECRET$/i;

const REFERENCE = /\$(\$?)\{(secret:)?([^}]*)\}/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export interface Interpolated {
  readonly text: string;
  /** True when a `${secret:NAME}` was put in. */
  readonly secret: boolean;
}

/**
 * Puts environment variables into a text from the config: `${NAME}` as it is, `${secret:NAME}` masked everywhere from
 * now on; `$${NAME}` stands for itself. `where` names the place in errors, such as `ship-proof.yml:7`.
 */
export function interpolate(
  text: string,
  where: string,
  env: Readonly<Record<string, string | undefined>>,
  secrets: Redactor,
): Interpolated {
  let secret = false;
  const replaced = text.replace(
    REFERENCE,
    (reference, escaped: string, marked: string | undefined, name: string) => {
      if (escaped) return reference.slice(1);
      if (!NAME.test(name)) {
        throw invalid(
          'config-variable',
          `${where}: \`${reference}\` names no environment variable; write \`$$${reference.slice(1)}\` for the text itself`,
        );
      }
      if (FORBIDDEN.test(name)) {
        throw invalid(
          'config-variable',
          `${where}: \`${name}\` can't be used here: it belongs to the runner or to ship-proof itself`,
        );
      }
      const value = env[name];
      if (value === undefined || value === '') {
        throw invalid('config-variable', `${where}: the environment variable \`${name}\` is not set`);
      }
      if (marked) {
        secret = true;
        secrets.add(value);
      }
      return value;
    },
  );
  return { text: replaced, secret };
}
