import { CodedError } from '../proof/errors.ts';
import type { Redactor } from '../proof/redact.ts';
import { invalidAt, type Place } from './place.ts';

/** Names that hold the runner's and our own credentials or state: no config may send them anywhere. */
const FORBIDDEN = /^(GITHUB_|ACTIONS_|INPUT_|RUNNER_|STATE_|SHIP_PROOF_INPUT_)|^SHIP_PROOF_KEY_SECRET$/i;

// The brace that closes may be missing, so that a reference with a typo is an error and not sent as it stands.
const REFERENCE = /\$(\$?)\{([^{}]*)(\}?)/g;
const NAME = /^(secret:)?([A-Za-z_][A-Za-z0-9_]*)$/;

export interface Variables {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Redactor;
  /** False where the config may be somebody else's: it must not reach any variable, for each may hold a secret. */
  readonly trusted: boolean;
}

export interface Interpolated {
  readonly text: string;
  /** True when a `${secret:NAME}` was put in. */
  readonly secret: boolean;
}

/**
 * Puts environment variables into a text from the config: `${NAME}` as it is, `${secret:NAME}` masked everywhere from
 * now on; `$${NAME}` stands for itself. Throws `config-variable`, `config-untrusted`, `secret-short`, naming `place`.
 */
export function interpolate(text: string, place: Place, variables: Variables): Interpolated {
  let secret = false;
  const replaced = text.replace(REFERENCE, (reference, escaped: string, inner: string, closed: string) => {
    if (escaped) return reference.slice(1);
    const [, marked, name] = NAME.exec(inner) ?? [];
    if (!closed || name === undefined) {
      throw invalidAt(
        place,
        'config-variable',
        `\`${reference}\` names no environment variable; write \`$${reference}\` for the text itself`,
      );
    }
    const value = variableNamed(name, place, variables);
    if (marked) {
      secret = true;
      addSecret(name, value, place, variables.secrets);
    }
    return value;
  });
  return { text: replaced, secret };
}

function variableNamed(name: string, place: Place, { env, trusted }: Variables): string {
  if (FORBIDDEN.test(name)) {
    throw invalidAt(
      place,
      'config-variable',
      `\`${name}\` can't be used here: it belongs to the runner or to ship-proof itself`,
    );
  }
  if (!trusted) {
    throw invalidAt(
      place,
      'config-untrusted',
      `on a ${env.GITHUB_EVENT_NAME} event the checkout may be a contributor's, so its config can't use \`${name}\` from the environment; give the value as an input in the workflow`,
    );
  }
  // By own names only: each object has a `constructor`, and it is no variable.
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined || value === '') {
    throw invalidAt(place, 'config-variable', `the environment variable \`${name}\` is not set`);
  }
  return value;
}

function addSecret(name: string, value: string, place: Place, secrets: Redactor): void {
  try {
    secrets.add(value);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw invalidAt(place, error.code, `\`${name}\`: ${error.message}`);
  }
}
