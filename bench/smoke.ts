// 200 one-request checks and 20 flows of ten steps at a local server: the built program against newman, stepci and
// Bruno's CLI. First every tool has to make exactly these requests, and is given broken answers that it has to notice;
// then every round runs each tool once, in another order. `node bench/smoke.ts 1`: one round, for a quick look.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyProgram } from './program.ts';
import { type Run, runTool } from './smoke/run-tool.ts';
import { type Contender, section } from './smoke/section.ts';
import { serve } from './smoke/serve.ts';
import { installPeers, makeTools } from './smoke/tools.ts';
import { tryOut } from './smoke/try-out.ts';
import { seeded, shuffled } from './statistics.ts';

const rounds = Number(process.argv[2] ?? 5);

const random = seeded(1);
const folder = mkdtempSync(join(tmpdir(), 'ship-proof-smoke-'));
const say = (text: string) => process.stderr.write(`smoke: ${text}\n`);
try {
  installPeers(say);
  using server = await serve();
  const contenders: Contender[] = [];
  for (const tool of makeTools(folder, server.origin, copyProgram(folder))) {
    say(`trying out ${tool.name}`);
    contenders.push({ tool, tried: await tryOut(tool, server, folder), runs: [] });
  }
  for (let round = 1; round <= rounds; round += 1) {
    say(`round ${round} of ${rounds}`);
    for (const { tool, runs } of shuffled(contenders, random)) {
      const run: Run = await runTool(tool, folder);
      if (run.exitCode !== 0) throw new Error(`${tool.name} ended with ${run.exitCode}:\n${run.output}`);
      runs.push(run);
    }
  }
  process.stdout.write(`${section(contenders)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
