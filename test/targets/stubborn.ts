import { readdirSync, readFileSync } from 'node:fs';

/** Each way of outliving a plain stop, as a line of shell that becomes `sleep $N`. */
export const KINDS = {
  child: 'sleep $N &',
  'a session of its own': 'setsid sleep $N &',
  'a double fork': '( setsid sh -c "sleep $N & exit 0" & )',
  'a double fork with a cleared environment': '( env -i setsid sh -c "sleep $N & exit 0" & )',
  'deaf to SIGTERM': "( trap '' TERM HUP INT; exec sleep $N ) &",
  stopped: 'sleep $N & arrived $! && kill -s STOP $!',
  'stopped in a session of its own, with a cleared environment':
    'env -i setsid sleep $N & arrived $! && kill -s STOP $!',
  'in a nested namespace, with a cleared environment':
    'unshare --map-root-user --pid --fork env -i setsid sleep $N &',
} as const;
export type Kind = keyof typeof KINDS;
export const ALL_KINDS = Object.keys(KINDS) as Kind[];

/** A command that starts one descendant of each kind, says `ready`, and goes on with `then`. */
export interface Stubborn {
  readonly script: string;
  /** The kinds that live, seen from outside, whatever they did to themselves. */
  alive(): readonly Kind[];
  /** Ends what a broken containment left. */
  [Symbol.dispose](): void;
}

export function stubborn(kinds: readonly Kind[] = ALL_KINDS, then = 'sleep 600'): Stubborn {
  // Each sleeps for an odd time of its own, by which it is found.
  const random = String(Math.random()).slice(2, 12).padEnd(10, '7');
  const seconds = kinds.map((_, index) => `7200.${random}${index}`);
  const script = [
    'shows() { ps ax -o args= | grep -q -x -F "sleep $1"; }',
    'arrived() { until ps -o args= -p "$1" | grep -q -x -F "sleep $N"; do sleep 0.01; done; }',
    ...kinds.map((kind, index) => `N=${seconds[index]}; ${KINDS[kind]}`),
    // Whoever is started by way of other programs has arrived.
    `for n in ${seconds.join(' ')}; do until shows $n; do sleep 0.01; done; done`,
    'echo ready',
    then,
  ].join('\n');
  const found = () => processes().filter(({ words }) => seconds.includes(words.at(-1) ?? ''));
  return {
    script,
    alive: () => {
      const living = new Set(found().map(({ words }) => words.at(-1)));
      return kinds.filter((_, index) => living.has(seconds[index]));
    },
    [Symbol.dispose]: () => {
      for (const { pid } of found()) process.kill(pid, 'SIGKILL');
    },
  };
}

/** Living processes and their arguments. */
function processes(): { readonly pid: number; readonly words: readonly string[] }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').replace(/\0$/, '').split('\0');
        const dead = /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${name}/stat`, 'utf8'));
        return dead ? [] : [{ pid: Number(name), words }];
      } catch {
        return []; // It ended meanwhile.
      }
    });
}
