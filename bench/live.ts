// How late a deploy is noticed, with how many requests, and who is wrong: the loop that people write by hand, wait-on, and
// the built program, side by side, in real time, on sites in which the new build appears at the same random moments.
// `node bench/live.ts 4 10`: four flips within ten seconds, for a quick look.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { SCENARIOS } from './live/scenarios.ts';
import { section } from './live/section.ts';
import { runTrial } from './live/trial.ts';
import { createWatchers } from './live/watchers.ts';
import { copyProgram } from './program.ts';
import { time } from './report.ts';
import { seeded, shuffled } from './statistics.ts';

const [flips = 20, longestS = 60] = process.argv.slice(2).map(Number);
const SHORTEST_MS = 2_000;
const SEED = 1;
// Processes that start in the same instant would wait for one another, not for the flip.
const STAGGER_MS = 200;

const random = seeded(SEED);
const flipsMs = Array.from({ length: flips }, () => SHORTEST_MS + random() * (longestS * 1000 - SHORTEST_MS));
const trials = SCENARIOS.flatMap(({ name, site }) =>
  flipsMs.map((flipMs, trial) => ({ scenario: name, site: site(flipMs, trial, random) })),
);

const folder = mkdtempSync(join(tmpdir(), 'ship-proof-live-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const watchers = createWatchers(copyProgram(folder), folder);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let left = trials.length;
const results = await Promise.all(
  shuffled(trials, random).map(async ({ scenario, site }, index) => {
    await sleep(index * STAGGER_MS);
    const outcomes = await runTrial(site, watchers);
    left -= 1;
    if (left % 10 === 0) process.stderr.write(`live: ${left} of ${trials.length} trials left\n`);
    return outcomes.map((outcome) => ({ scenario, ...outcome }));
  }),
);
delay.disable();

const notes = [
  `n = ${flips} flips between 2 and ${longestS} s (seed ${SEED}), the same in each scenario; nothing is scaled.`,
  'Requests and kB are medians of a trial, both ways, headers included.',
  `The bench's own thread (servers and clocks) ran late by ${time(delay.percentile(99) / 1e6)} (p99), ${time(delay.max / 1e6)} at worst.`,
];
process.stdout.write(`${section(results.flat())}\n\n${notes.join(' ')}\n`);
