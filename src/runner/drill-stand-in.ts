/**
 * The stand-ins for a runner's command: they leave a mark where the real one would have its effect. Each finds in its arguments where
 * to leave it, so that it needs nothing from its environment.
 */

/** Leaves the mark and ends. */
export const markingCommand = (node: string, mark: string): readonly string[] => [
  node,
  '-e',
  "require('node:fs').writeFileSync(process.argv[1], 'mark\\n')",
  mark,
];

/** The descendants of the stubborn stand-in. Each adds to a file of its name for as long as it lives. */
export const DESCENDANTS = ['child', 'session', 'double-fork', 'deaf'] as const;

/** How long the stubborn stand-in would take to leave its mark, and a descendant that nobody kills to end by itself, seconds. */
const LASTS_S = { mark: 20, descendant: 60 } as const;

/**
 * Starts stubborn descendants (one in a session of its own, one whose parents are gone, one that is deaf to SIGTERM), and would leave its
 * mark after a while. What nobody kills ends by itself, so that a drill that fails litters no machine for good.
 */
const STUBBORN = `
exec >/dev/null 2>&1
beat='i=0; while [ $i -lt ${LASTS_S.descendant * 10} ]; do echo . >>"$0"; i=$((i + 1)); sleep 0.1; done'
session() {
  if command -v setsid >/dev/null; then setsid "$@"
  else perl -e 'use POSIX; POSIX::setsid(); exec { $ARGV[0] } @ARGV' "$@"; fi
}
sh -c "$beat" "$1/child" &
session sh -c "$beat" "$1/session" &
(session sh -c 'sh -c "$1" "$2" & exit 0' sh "$beat" "$1/double-fork" &)
sh -c "trap '' TERM HUP INT; $beat" "$1/deaf" &
sleep ${LASTS_S.mark}
echo mark >"$1/mark"
`;

export const stubbornCommand = (folder: string): readonly string[] => ['sh', '-c', STUBBORN, 'sh', folder];
