import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order, Told } from './server.ts';
import type { Plant } from './work.ts';

export interface Server extends Disposable {
  readonly origin: string;
  /** What came since the last call; from now on `plant` is broken. */
  turn(plant?: Plant): Promise<Told>;
}

export async function serve(): Promise<Server> {
  const child = fork(fileURLToPath(new URL('server.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const told = async (): Promise<Told> => {
    const [message] = await once(child, 'message');
    return message as Told;
  };
  const { port } = await told();
  return {
    origin: `http://127.0.0.1:${port}`,
    turn: (plant) => {
      const answer = told();
      child.send({ plant } satisfies Order);
      return answer;
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}
