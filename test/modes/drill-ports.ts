import type { drill } from '../../src/modes/drill.ts';
import { mode } from '../../src/modes/drill.ts';
import type { Ports } from '../../src/modes/mode.ts';
import { createRunCommand } from '../../src/ports/command.ts';
import { systemExec } from '../../src/ports/exec.ts';
import { createJournal } from '../../src/proof/journal.ts';
import { createRedactor } from '../../src/proof/redact.ts';
import type { Scene, SceneLedger } from '../runner/tick-scene.ts';

type DrillInput = Parameters<typeof drill>[0];

export const RUNNER = { runner: 'r', 'spend-cap': '1', estimate: '0.4', grace: '200ms' };

/** The inputs of a drill against a ledger, as they come from the command line. */
export const drillInput = (
  { store, namespace }: SceneLedger,
  given: Readonly<Record<string, string>> = {},
): DrillInput => mode.input.parse({ ...RUNNER, store, namespace, ...given }) as DrillInput;

/** Real ports but for what is given; relative paths lie in the scene's folder. */
export function drillPorts(scene: Scene, given: Partial<Ports> = {}): Ports {
  const log: Ports['log'] = { event: () => {}, as: () => log };
  return {
    clock: scene.clock,
    http: { request: () => Promise.reject(new Error('no network')) },
    log,
    secrets: createRedactor(() => {}),
    random: Math.random,
    env: { HOME: scene.path, PATH: process.env.PATH },
    cwd: scene.path,
    signal: new AbortController().signal,
    exec: systemExec,
    runCommand: createRunCommand(),
    front: 'cli',
    command: undefined,
    holder: { actor: 'test' },
    remember: () => {
      throw new Error('a drill leaves nothing to settle');
    },
    journal: createJournal(),
    userAgent: 'test',
    ...given,
  } as unknown as Ports;
}
