import { runTool } from './run-tool.ts';
import type { Server } from './serve.ts';
import type { Tool } from './tools.ts';
import { type Plant, plants, work } from './work.ts';

/** What a tool did before it was measured. */
export interface Tried {
  /** Connections of a run in which all is well. */
  readonly connections: number;
  /** The broken answers after which it still said that all is well. */
  readonly missed: readonly Plant[];
  /** Whether it went on with a flow after a step that was wrong. */
  readonly goesOn: boolean;
}

const EXPECTED = work.flatMap(({ steps }) => steps.map(({ path }) => `GET ${path} 200`)).sort();

/** One run in which all is well, by the server's log too, and one for each broken answer. */
export async function tryOut(tool: Tool, server: Server, folder: string): Promise<Tried> {
  await server.turn();
  const { exitCode, output } = await runTool(tool, folder);
  const { requests, connections } = await server.turn();
  if (exitCode !== 0) throw new Error(`${tool.name} ended with ${exitCode}:\n${output}`);
  if (requests.toSorted().join('\n') !== EXPECTED.join('\n')) {
    throw new Error(`${tool.name} made other requests than the ${EXPECTED.length} of its input: ${requests}`);
  }

  const missed: Plant[] = [];
  let goesOn = false;
  for (const plant of plants) {
    await server.turn(plant);
    const broken = await runTool(tool, folder);
    const { requests } = await server.turn();
    const asked = requests.some((request) => request.startsWith(`GET ${plant.path} `));
    if (!asked) throw new Error(`${tool.name} did not ask for the broken ${plant.path}`);
    if (broken.exitCode === 0) missed.push(plant);
    if (plant.kind === 'value' && plant.path.startsWith('/flows/')) {
      goesOn = requests.length === EXPECTED.length;
    }
  }
  return { connections, missed, goesOn };
}
