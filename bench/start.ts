// From the start of the process to the first log line: both fronts of the built program, against bare Node and against
// @actions/core alone. Every round starts each program once, in another order, so that noise hits all alike.
// `node bench/start.ts 10`: ten rounds, for a quick look.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from './start/launch.ts';
import { makePrograms, type Name } from './start/programs.ts';
import { section } from './start/section.ts';
import { seeded, shuffled } from './statistics.ts';

const [rounds = 40] = process.argv.slice(2).map(Number);
const WARM_UP = 2;

const random = seeded(1);
const folder = mkdtempSync(join(tmpdir(), 'ship-proof-start-'));
try {
  const programs = await makePrograms(folder);
  const names = Object.keys(programs) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const name of shuffled(names, random)) {
      const ms = await launch(programs[name], folder);
      if (round >= 0) taken[name].push(ms);
    }
  }

  const notes = `n = ${rounds} rounds after ${WARM_UP} to warm up. "Over" is the median of the differences within a round.`;
  process.stdout.write(`${section(taken)}\n\n${notes}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
