import { spawn } from 'node:child_process';
import type { Method } from './containment.ts';

/**
 * Windows knows parents, and no signals: a stop ends the tree of processes at once, by force, since a console program cannot be
 * asked. What became an orphan before is left, and all of it when we are killed ourselves.
 */
export const processTree: Method = {
  containment: 'process-group',
  start: ({ argv: [file = '', ...args], cwd, env }) => {
    const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    return {
      child,
      send: () => {
        if (child.pid === undefined) return;
        const killer = spawn('taskkill', ['/PID', String(child.pid), '/T', '/F'], {
          stdio: 'ignore',
          windowsHide: true,
        });
        killer.once('error', () => child.kill());
      },
      settle: async () => {},
    };
  },
};
