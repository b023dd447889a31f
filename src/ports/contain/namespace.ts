import { carriedEnvironment, isPlain, LAUNCHER, restoreShellVariables } from './carry.ts';
import type { Containment, Method } from './containment.ts';
import { findTool } from './find-program.ts';
import { startSupervisor } from './lifeline.ts';

/**
 * Process 1 of the namespace: a shell, so that it has no handlers that the command could miss or expect. The command runs in its
 * foreground (a background job of a shell ignores SIGINT), in a session of its own, while a second shell reads the signals. When
 * process 1 ends, the kernel kills whatever is left. After a TERM it waits for the others as well; they are as many as the
 * entries of this namespace's own /proc, less itself and the reader. The reader kills until it is killed itself, since the
 * command may be just about to start. Shells say on stderr what became of their children: that is not the command's output.
 */
const INIT = `
exec 3<&0 4>&2 </dev/null 2>/dev/null
stopped= killed=
trap 'stopped=1' USR1
trap 'killed=1' USR2
if [ "$1" = carried ]; then IFS= read -r carried <&3; fi
(
  while IFS= read -r signal <&3; do
    case $signal in
      TERM) kill -s USR1 1; kill -s TERM -- -1; kill -s CONT -- -1 ;;
      *) break ;;
    esac
  done
  kill -s USR2 1
  while :; do kill -s KILL -- -1; sleep 0.05; done
) 4>&- >/dev/null &
if [ "$1" = carried ]; then
  shift
  (exec "$@" 2>&4 3<&- 4>&-) 5<<END
$carried
END
else
  shift
  (exec "$@" 2>&4 3<&- 4>&-)
fi
code=$?
others() { set -- /proc/[0-9]*; [ $# -gt 2 ]; }
while [ "$stopped" ] && [ ! "$killed" ] && others; do sleep 0.02 >/dev/null; done
exit $code
`;

const DIES_WITH_US = ['--pdeathsig', 'KILL'];
const NAMESPACE = ['--pid', '--mount-proc', '--fork', '--kill-child'];

/** A namespace made by root. */
export function rootNamespace(): Method | undefined {
  const unshare = unshareWith([]);
  return unshare && namespace('pid-namespace', unshare);
}

/** A namespace made by an ordinary user who is root in it as far as the kernel is concerned, but keeps the user id. */
export function userNamespace(): Method | undefined {
  const unshare = unshareWith(['--map-current-user']);
  return unshare && namespace('user-namespace', unshare);
}

/**
 * A namespace made by root for a user who may use sudo without a password. Process 1 stays root, since it has to reach what the
 * command starts by sudo; the command is the user again. sudo changes the environment, so that travels by itself.
 */
export function sudoNamespace(): Method | undefined {
  const [sudo, env, setpriv, unshare] = [
    findTool('sudo'),
    findTool('env'),
    findTool('setpriv'),
    unshareWith([]),
  ];
  const user = identity();
  if (!(sudo && env && setpriv && unshare && user)) return undefined;
  const [, , , ...plain] = unshare;
  return {
    containment: 'pid-namespace',
    start: ({ argv, cwd, env: environment }) =>
      startSupervisor(
        [
          ...[sudo, '-n', '--', ...plain, env, '-i', SHELL, '-c', INIT, 'ship-proof', 'carried'],
          ...[setpriv, ...user, '--', process.execPath, ...LAUNCHER, ...argv],
        ],
        { cwd, env: {}, first: carriedEnvironment(environment) },
      ),
  };
}

const SHELL = '/bin/sh';

/** `setpriv … unshare …`, as arguments; undefined where the tools are missing. */
function unshareWith(more: readonly string[]): readonly string[] | undefined {
  const [setpriv, unshare] = [findTool('setpriv'), findTool('unshare')];
  if (setpriv === undefined || unshare === undefined) return undefined;
  return [setpriv, ...DIES_WITH_US, unshare, ...more, ...NAMESPACE];
}

function namespace(containment: Containment, unshare: readonly string[]): Method {
  return {
    containment,
    start: ({ argv, cwd, env }) => {
      const [setsid, envTool] = [findTool('setsid'), findTool('env')];
      const init = [...unshare, SHELL, '-c', INIT, 'ship-proof'];
      return setsid !== undefined && envTool !== undefined && isPlain(argv, env)
        ? startSupervisor([...init, 'plain', setsid, envTool, ...restoreShellVariables(env), ...argv], {
            cwd,
            env,
          })
        : startSupervisor([...init, 'carried', process.execPath, ...LAUNCHER, ...argv], {
            cwd,
            env: {},
            first: carriedEnvironment(env),
          });
    },
  };
}

/** The user and groups that we are, for setpriv. */
function identity(): readonly string[] | undefined {
  const [uid, gid, groups] = [process.getuid?.(), process.getgid?.(), process.getgroups?.()];
  if (uid === undefined || gid === undefined || groups === undefined) return undefined;
  const supplementary = groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')];
  return [...DIES_WITH_US, '--reuid', String(uid), '--regid', String(gid), ...supplementary];
}
