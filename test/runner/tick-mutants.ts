import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Deciders, Invariant } from './tick-world.ts';

/** The source without one guard. `find` stands in the file exactly once. */
export interface Mutant {
  readonly guard: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** What has to break. */
  readonly breaks: Invariant;
}

const mutant = (file: string, guard: string, find: string, replace: string, breaks: Invariant): Mutant => ({
  file: `${file}.ts`,
  guard,
  find,
  replace,
  breaks,
});

export const MUTANTS: readonly Mutant[] = [
  mutant('tick-start', 'the ledger’s flag is asked', ', await readFlag(snapshot)]', ']', 'flag-halts'),
  mutant('guard', 'a flag that is set stops', "state === 'set');", "state === 'unreadable');", 'flag-halts'),
  mutant(
    'guard',
    'a flag that can’t be read stops',
    "state === 'unreadable') ??",
    "state === 'set') ??",
    'flag-halts',
  ),
  mutant('tick-start', 'a tripped breaker halts', "return 'breaker';", 'return undefined;', 'breaker-halts'),
  mutant('breaker', 'equal failures are counted', 'breaker.count + 1', '1', 'breaker-halts'),
  mutant(
    'breaker',
    'other failures start anew',
    'breaker?.failure === failure',
    'breaker?.failure !== undefined',
    'runs-when-it-may',
  ),
  mutant(
    'breaker',
    'a pass forgets the failures',
    "if (outcome === 'passed') return null;",
    '',
    'runs-when-it-may',
  ),
  mutant('breaker', 'rearming forgets the failures', 'breaker: null }', '}', 'runs-when-it-may'),
  mutant(
    'tick-start',
    'the cap halts',
    "fitsUnder(budget) ? undefined : 'spend-cap'",
    'undefined',
    'cap-kept',
  ),
  mutant('cap', 'exactly at the cap is under it', '<= capMicros', '< capMicros', 'runs-when-it-may'),
  mutant(
    'cap',
    'what is settled counts',
    'settledMicros + reservedMicros + estimateMicros <=',
    'reservedMicros + estimateMicros <=',
    'cap-kept',
  ),
  mutant('cap', 'the estimate counts', 'reservedMicros + estimateMicros <=', 'reservedMicros <=', 'cap-kept'),
  mutant('cap', 'a reservation counts on its own day', 'open?.day === day ?', 'open ?', 'runs-when-it-may'),
  mutant(
    'tick-start',
    'an open tick holds its place',
    'if (open) return',
    'if (false) return',
    'one-at-a-time',
  ),
  mutant('tick-start', 'a slot is run once', "slot <= (state.slot ?? ''))", 'false)', 'slot-once'),
  mutant(
    'tick-start',
    'a slot is remembered',
    "trigger === 'schedule' ? (slot ?? state.slot) : state.slot",
    'state.slot',
    'slot-once',
  ),
  mutant(
    'lost',
    'a lease runs to its end',
    '>= Date.parse(open.leaseUntil)',
    '>= Date.parse(open.leaseUntil) - 1_800_000',
    'one-at-a-time',
  ),
  mutant('lost', 'another host’s lease ends later', ' - skewMs(open.clock, moment)', '', 'one-at-a-time'),
  mutant(
    'lost',
    'a lease ends',
    'skewMs(open.clock, moment) >=',
    'skewMs(open.clock, moment) - 36_000_000 >=',
    'opens-on-time',
  ),
  mutant(
    'lost',
    'a lost tick is charged its reservation',
    'usdInMicros: open.reservedMicros',
    'usdInMicros: 0',
    'money-kept',
  ),
  mutant(
    'tick-start',
    'what is lost is in the books',
    'days: charged(state.days, day, chargedMicros),',
    '',
    'books-balance',
  ),
  mutant('tick-start', 'what is lost is said', '[lost as unknown as EntryBody]', '[]', 'one-at-a-time'),
  mutant(
    'tick-start',
    'a dead tick counts as a failure',
    'breaker: breakerAfter(state.breaker, lost),',
    '',
    'breaker-halts',
  ),
  mutant(
    'tick-settle',
    'only its own fence closes a tick',
    'open?.fence !== fence) return settleLate',
    'open === null) return settleLate',
    'books-balance',
  ),
  mutant('tick-settle', 'a settled tick is closed', '      open: null,\n', '', 'books-balance'),
  mutant(
    'tick-settle',
    'money counts on the day of the reservation',
    'charged(state.days, open.day,',
    'charged(state.days, instant(moment.writtenMs).slice(0, 10),',
    'books-balance',
  ),
  mutant(
    'tick-settle',
    'what a late tick cost counts',
    'Math.max(0, usdInMicros - lost.chargedMicros)',
    '0',
    'money-kept',
  ),
  mutant(
    'tick-settle',
    'a raised reservation is kept',
    'records({ ...state, open: { ...open, reservedMicros } })',
    'records(state)',
    'money-kept',
  ),
  mutant(
    'tick-settle',
    'a reservation is raised within the cap',
    'Math.min(wantedMicros, leftMicros)',
    'wantedMicros',
    'cap-kept',
  ),
];

const ROOT = resolve(import.meta.dirname, '../..');

/** Loads the deciders from copies of their sources, with or without a guard. */
export function mutantFactory(): { build(mutant?: Mutant): Promise<Deciders> } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'ship-proof-mutants-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  let count = 0;
  return {
    async build(mutant) {
      count += 1;
      const src = join(folder, `m${count}`, 'src');
      mkdirSync(src, { recursive: true });
      for (const room of ['runner', 'holds', 'ledger', 'proof'])
        cpSync(join(ROOT, 'src', room), join(src, room), { recursive: true });
      if (mutant) {
        const file = join(src, 'runner', mutant.file);
        writeFileSync(file, mutate(readFileSync(file, 'utf8'), mutant));
      }
      const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(src, 'runner', name)).href);
      const [start, settle, state, breaker] = await Promise.all(
        ['tick-start.ts', 'tick-settle.ts', 'tick-state.ts', 'breaker.ts'].map(load),
      );
      return { start, settle, state, breaker } as unknown as Deciders;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function mutate(source: string, { guard, find, replace }: Mutant): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`the guard "${guard}" stands ${parts.length - 1} times in the source`);
  return parts.join(replace);
}
