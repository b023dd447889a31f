import { join } from 'node:path';
import { z } from 'zod';
import { invalid } from '../proof/errors.ts';
import { conclude } from '../proof/proof.ts';
import type { Check } from '../proof/schema.ts';
import type { Covered } from '../runner/coverage.ts';
import { type Account, accountOf } from '../runner/retrospective.ts';
import type { Gap } from '../runner/retrospective-gaps.ts';
import { openAccountFolder, writeAccount } from './account-folder.ts';
import { commonInputs } from './common.ts';
import { flag, text } from './kinds.ts';
import { defineMode } from './mode.ts';
import { coverageText, unplaced } from './retrospective/coverage.ts';
import { demoText } from './retrospective/demo.ts';
import { configuredPlaces } from './retrospective/places.ts';
import { reviewText, roadmapOf } from './retrospective/review.ts';
import { runLogText } from './retrospective/run-log.ts';
import { totalsText } from './retrospective/totals.ts';
import { readBook } from './status/book.ts';
import { accountInputs } from './status/inputs.ts';
import { ledgerFields, openStore, storeInputs } from './store.ts';

const day = () => {
  const kind = text('a UTC day, YYYY-MM-DD');
  return kind
    .refine((value) => z.iso.date().safeParse(value).success, 'is no day')
    .meta({ ...kind.meta() })
    .optional();
};

const input = z.strictObject({
  ...accountInputs,
  since: day().describe('The first day. Default: the first that the ledger knows.'),
  until: day().describe('The last day. Default: the last that the ledger knows.'),
  dir: text('a path').prefault('retrospective').describe('The folder that the files are written into.'),
  verify: flag()
    .prefault(false)
    .describe('Fail on everything without evidence: an unattended run’s definition of done.'),
  ...storeInputs,
  ...commonInputs,
});

const FILES = {
  review: 'RETROSPECTIVE.md',
  demo: 'DEMO.md',
  coverage: 'coverage.md',
  totals: 'totals.json',
  runLog: 'runs/run-log.md',
} as const;

export const mode = defineMode({
  name: 'retrospective',
  summary:
    'Writes the account of an unattended run from its ledger; with `verify` it fails on anything without evidence.',
  input,
  section: 'runners',
  sectionBy: 'runner',
  outputs: { files: 'The files that were written, below `dir`: a JSON list' },
  run: async (given, ports) => {
    const startedAtMs = ports.clock.now();
    const { runner, since, until, verify } = given;
    if (since !== undefined && until !== undefined && since > until)
      throw invalid('input-conflict', `input \`since\` is ${since}, which is after \`until\`, ${until}`);
    await using ledger = await openStore(given, ports, false);
    const snapshot = await ledger.read();
    const book = await readBook(ledger, runner, until);
    const account = accountOf(book, { since, until }, given['clock-days']);
    const inputs = account.coverage.flatMap((control) => control.inputs);
    const places = await configuredPlaces(inputs, runner, given.config, ports.cwd);
    const folder = await openAccountFolder(ports.cwd, given.dir);
    const before = await folder.read(FILES.review);
    const texts: Readonly<Record<keyof typeof FILES, string>> = {
      review: reviewText(account, roadmapOf(before && new TextDecoder().decode(before))),
      demo: demoText(account),
      coverage: coverageText(account, places),
      totals: totalsText(account),
      runLog: runLogText(account),
    };
    for (const [name, file] of Object.entries(FILES)) {
      await writeAccount(folder, file, texts[name as keyof typeof FILES]);
      ports.log.event({ file: join(given.dir, file) });
    }
    return conclude({
      mode: 'retrospective',
      startedAtMs,
      endedAtMs: ports.clock.now(),
      subject: { runner, asOf: account.asOf },
      checks: [
        writtenCheck(account),
        ...[...account.gaps, ...unplaced(account, places).map(placeGap)].map((gap) => gapCheck(gap, verify)),
      ],
      result: { files: Object.values(FILES) },
      ledger: ledgerFields(ledger, snapshot),
    });
  },
});

const writtenCheck = ({ book, asOf }: Account): Check => ({
  id: 'written',
  status: 'pass',
  title: `the account of ${book.runner} was written`,
  expected: Object.values(FILES).join(', '),
  observed: `all, as of ${asOf}`,
});

const placeGap = ({ control, inputs }: Covered): Gap => ({
  id: `configured:${control}`,
  expected: 'the file and line where it is configured',
  observed: 'neither in the config nor in a workflow of this folder',
  detail: `Put ${inputs.map((input) => `\`${input}\``).join(' and ')} into the runner's section of the config.`,
});

const gapCheck = ({ id, expected, observed, detail }: Gap, verify: boolean): Check => ({
  id: `gap:${id}`,
  status: verify ? 'fail' : 'warn',
  title: `there is evidence of ${id}`,
  expected,
  observed,
  detail,
});
