import type { Account } from '../../runner/retrospective.ts';
import { dollars } from '../../runner/totals.ts';
import { document, NO_EVIDENCE } from './words.ts';

/** DEMO.md: fifteen minutes in front of people, with commands that prove the hardening live. */
export function demoText({ book: { runner }, totals: { all }, clock, stories }: Account): string {
  const shell = (...commands: readonly string[]) => ['```sh', ...commands, '```', ''];
  const story = stories.find(({ state }) => state === 'recovered');
  return document([
    `# Demo of ${runner}, in 15 minutes`,
    '',
    '## 0:00 What it is, and what it did (2 minutes)',
    '',
    `${all.ticks} ticks, ${dollars(all.usdInMicros)} spent, ${dollars(all.valueMicros)} of value; clock: ${clock.state === 'complete' ? `${clock.days} days, until ${clock.completedOn}` : NO_EVIDENCE}.`,
    '',
    ...shell(`ship-proof status --runner ${runner} --out demo`),
    '## 0:02 It stops at its cap (3 minutes)',
    '',
    'The real cap, in a namespace of its own: no mark is left behind.',
    '',
    ...shell(`ship-proof drill --runner ${runner} --control spend-cap`),
    '## 0:05 It stops when told to (3 minutes)',
    '',
    ...shell(
      `ship-proof drill --runner ${runner} --control kill-flag`,
      `ship-proof kill --scope ticks --reason "shown in the demo"`,
      `ship-proof status --runner ${runner}`,
      'ship-proof rearm --scope ticks --confirm-destructive',
    ),
    '## 0:08 Nothing survives being stopped (3 minutes)',
    '',
    'Grandchildren in sessions of their own, that ignore SIGTERM: none is alive afterwards.',
    '',
    ...shell(`ship-proof drill --runner ${runner} --control kill-process`),
    '## 0:11 What went wrong, and how it is known (2 minutes)',
    '',
    story
      ? `Tell ${story.incident} from its symptom to its fix; RETROSPECTIVE.md has it.`
      : stories.length === 0
        ? `No incident was opened. Show how one would be told: \`ship-proof incident --runner ${runner} --title …\`.`
        : `${NO_EVIDENCE}: no incident has recovered.`,
    '',
    '## 0:13 Nobody changed the books (2 minutes)',
    '',
    ...shell(
      `ship-proof audit --proof demo/proof.json`,
      `ship-proof retrospective --runner ${runner} --dir retrospective --verify true`,
    ),
  ]);
}
