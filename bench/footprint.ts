// What the program weighs as it is published, and how often a step asks GitHub's REST API, counted at a GitHub on loopback:
// each mode as an action with its check run, with the post step behind it. Nothing is timed here: the figures are the same
// on every machine. `SHIP_PROOF_DIST` names another build.
import { weigh } from './footprint/dist.ts';
import { countRequests } from './footprint/requests.ts';
import { section } from './footprint/section.ts';

process.stdout.write(`${section(weigh(), await countRequests())}\n`);
