/** The runner's credentials, command files and inputs, and our own. */
const WITHHELD =
  /^(INPUT_|ACTIONS_|STATE_|SHIP_PROOF_INPUT_)|^(GITHUB_(TOKEN|OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)|SHIP_PROOF_KEY_SECRET)$/i;

/** What keeps a child from asking, paging or colouring. */
const QUIET = {
  CI: 'true',
  NO_COLOR: '1',
  GIT_TERMINAL_PROMPT: '0',
  PAGER: 'cat',
  DEBIAN_FRONTEND: 'noninteractive',
};

/**
 * The environment of a user's command: ours without the runner's and our own credentials (by name, and whatever variable
 * holds one of `secrets`), except for what `passed` names; then `added`. It keeps accidents away, not malice: one job is one trust
 * domain.
 */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  options: {
    readonly secrets: readonly (string | undefined)[];
    readonly passed: readonly string[];
    readonly added: Readonly<Record<string, string>>;
  },
): Record<string, string> {
  // A job often has its token a second time, under a name that tools know.
  const secrets = [
    ...options.secrets,
    env.INPUT_TOKEN,
    env.SHIP_PROOF_INPUT_TOKEN,
    env.SHIP_PROOF_KEY_SECRET,
  ];
  const kept = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    if (value === undefined) return false;
    return (
      options.passed.includes(name) || (!WITHHELD.test(name) && (value === '' || !secrets.includes(value)))
    );
  });
  return { ...Object.fromEntries(kept), ...QUIET, ...options.added };
}
