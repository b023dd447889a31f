/** One configuration value for a git child. It travels by environment, never by argument: values may be secret. */
export type Setting = readonly [key: string, value: string];

/**
 * What a git child may inherit: where to find tools, the user's own git and ssh configuration, the way to the network.
 * Everything else stays out, among it INPUT_*, ACTIONS_*, tokens and the key secret (children get an allow-list), and
 * the GIT_* that point at another repository (GIT_DIR in a hook) or that write traces with headers in them.
 */
const INHERITED = new Set(
  `PATH HOME USER LOGNAME TMPDIR TMP TEMP XDG_CONFIG_HOME SUDO_UID LD_LIBRARY_PATH
  SSH_AUTH_SOCK SSH_AGENT_PID KRB5CCNAME KRB5_CONFIG DBUS_SESSION_BUS_ADDRESS
  HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE NIX_SSL_CERT_FILE
  SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERPROFILE HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA
  PROGRAMFILES ALLUSERSPROFILE GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM`.split(/\s+/),
);
const INHERITED_PREFIX = /^GIT_(?:SSH|SSL|PROXY)(?:_|$)/;

/** The same for every child, whatever the user's configuration says. */
const FIXED: readonly Setting[] = [
  // Nobody's programs run: no hooks on this end, and none on the other end of a local store, which is this end too.
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  // Upkeep happens when we say so, not in the middle of a transaction.
  ['maintenance.auto', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  // A push sends one commit to one ref, and nothing that the user's defaults would add.
  ['push.gpgSign', 'false'],
  ['push.followTags', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['push.pushOption', ''],
  ['push.useForceIfIncludes', 'false'],
  ['push.negotiate', 'false'],
  ['fetch.prune', 'false'],
  ['fetch.pruneTags', 'false'],
  ['fetch.recurseSubmodules', 'no'],
  ['fetch.negotiationAlgorithm', 'default'],
  // With v2 the server lists the one ref that was asked for, not the repository's ten thousand.
  ['protocol.version', '2'],
  // A stalled transfer ends: less than 1,000 bytes a second for 20 s.
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '20'],
];

const FIXED_ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: 'C',
  // Nothing prompts: no terminal, no window. An empty GIT_ASKPASS also silences core.askPass and SSH_ASKPASS.
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS_REQUIRE: 'never',
  GCM_INTERACTIVE: 'never',
  // Objects are what their ids say: no refs/replace.
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_ATTR_NOSYSTEM: '1',
  // Traces that the user's configuration asks for would record our settings.
  GIT_TRACE2: '0',
  GIT_TRACE2_EVENT: '0',
  GIT_TRACE2_PERF: '0',
  GIT_AUTHOR_NAME: 'ship-proof',
  GIT_AUTHOR_EMAIL: 'ledger@ship-proof.invalid',
  GIT_COMMITTER_NAME: 'ship-proof',
  GIT_COMMITTER_EMAIL: 'ledger@ship-proof.invalid',
};

export interface GitSurroundings {
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** The transports that may run at all, such as `https`; overrides every protocol.* of the user's configuration. */
  readonly protocols: readonly string[];
  readonly settings: readonly Setting[];
}

/** The whole environment of a git child. */
export function gitEnvironment({ inherited, protocols, settings }: GitSurroundings): Record<string, string> {
  const kept = Object.entries(inherited).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && mayInherit(pair[0]),
  );
  const all = [...FIXED, ...settings];
  const pairs = all.flatMap(([key, value], n) => [
    [`GIT_CONFIG_KEY_${n}`, key],
    [`GIT_CONFIG_VALUE_${n}`, value],
  ]);
  return {
    ...Object.fromEntries(kept),
    ...FIXED_ENVIRONMENT,
    // An empty list would mean "no restriction" to some versions; `none` names no transport.
    GIT_ALLOW_PROTOCOL: protocols.join(':') || 'none',
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(pairs),
  };
}

function mayInherit(name: string): boolean {
  const upper = name.toUpperCase();
  return INHERITED.has(upper) || INHERITED_PREFIX.test(upper);
}
