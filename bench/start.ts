// From the start of the process to the first log line: both fronts of the built program, against bare Node, against
// @actions/core alone, and against actions as they are published. Every round starts each program once, in another
// order, so that noise hits all alike.
// `node bench/start.ts 10`: ten rounds, for a quick look.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Program } from './start/launch.ts';
import { makePrograms, type Name } from './start/programs.ts';
import { installPublished } from './start/published.ts';
import { section, type Taken } from './start/section.ts';
import { seeded, shuffled } from './statistics.ts';

const [rounds = 40] = process.argv.slice(2).map(Number);
const WARM_UP = 2;

const random = seeded(1);
const folder = mkdtempSync(join(tmpdir(), 'ship-proof-start-'));
const say = (text: string) => process.stderr.write(`start: ${text}\n`);
try {
  const own = Object.entries(await makePrograms(folder)) as [Name, Program][];
  const published = installPublished(folder, say);
  const ms = new Map<Program, number[]>();
  for (const program of [...own.map(([, program]) => program), ...published.map(({ program }) => program)])
    if (program !== undefined) ms.set(program, []);
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const [program, taken] of shuffled([...ms], random)) {
      const tookMs = await launch(program);
      if (round >= 0) taken.push(tookMs);
    }
  }

  const times = own.map(([name, program]) => [name, ms.get(program) ?? []] as const);
  const taken = Object.fromEntries(times) as Partial<Taken> as Taken;
  const peers = published.map(({ title, program }) => ({ title, ms: program && ms.get(program) }));
  const notes = `n = ${rounds} rounds after ${WARM_UP} to warm up. "Over" is the median of the differences within a round.`;
  process.stdout.write(`${section(taken, peers)}\n\n${notes}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
