import type { Invariant } from './invariants.ts';

/** The source without one guard. `find` stands in the file exactly once. */
export interface Mutant {
  readonly guard: string;
  readonly file: 'claim.ts' | 'decide.ts' | 'moment.ts';
  readonly find: string;
  readonly replace: string;
  /** What has to break. */
  readonly breaks: Invariant;
  /** In which settings, by the beginning of their names. */
  readonly where: string;
}

const inClaim = (
  guard: string,
  find: string,
  replace: string,
  breaks: Invariant,
  where = 'one host',
): Mutant => ({ guard, file: 'claim.ts', find, replace, breaks, where });
const inMoment = (
  guard: string,
  find: string,
  replace: string,
  breaks: Invariant,
  where = 'one host',
): Mutant => ({ guard, file: 'moment.ts', find, replace, breaks, where });
const inDecide = (
  guard: string,
  find: string,
  replace: string,
  breaks: Invariant,
  where = 'one host',
): Mutant => ({ guard, file: 'decide.ts', find, replace, breaks, where });

export const MUTANTS: readonly Mutant[] = [
  inMoment('another host’s times end later', '? 0 : moment.maxSkewMs', '? 0 : 0', 'lease-whole', 'two hosts'),
  inMoment('our own times end exactly', 'clock === moment.clock', 'clock === undefined', 'opens-on-time'),
  inMoment(
    'the store’s clock needs no allowance',
    'moment.oneClock || clock',
    'clock',
    'opens-on-time',
    'the store',
  ),
  inClaim(
    'ends are compared with our own clock',
    'moment.nowMs - skewMs',
    'moment.writtenMs - skewMs',
    'lease-whole',
    'two hosts',
  ),
  inClaim('a released key is free', "|| claim.state === 'released'", '', 'doubted-by-right'),
  inClaim(
    'a lease runs to its end',
    ' && now < leaseEndsMs(claim)',
    ' && now < leaseEndsMs(claim) - 1',
    'lease-whole',
  ),
  inClaim('a lease ends', ' && now < leaseEndsMs(claim)', '', 'recorded-by-right'),
  inClaim(
    'a window begins with the record',
    "claim.state === 'recorded' ? (claim.settledAt ?? claim.leaseUntil) : claim.leaseUntil",
    "claim.state === 'recorded' ? claim.claimedAt : claim.leaseUntil",
    'window-whole',
  ),
  inClaim(
    'a doubt’s window begins with the lease’s end',
    ': claim.leaseUntil;',
    ': claim.claimedAt;',
    'doubt-blocks',
  ),
  inClaim(
    'a window runs to its end',
    'now >= windowEndsMs(claim)',
    'now + 1 >= windowEndsMs(claim)',
    'doubt-blocks',
  ),
  inClaim('a window ends', 'now >= windowEndsMs(claim)', 'now > windowEndsMs(claim) + 4', 'opens-on-time'),
  inClaim(
    'recorded is not in doubt',
    "return claim.state === 'recorded' ? 'recorded' : 'in-doubt'",
    "return 'in-doubt'",
    'record-stays',
  ),
  inClaim(
    'in doubt is not recorded',
    "return claim.state === 'recorded' ? 'recorded' : 'in-doubt'",
    "return 'recorded'",
    'record-stays',
  ),

  inDecide(
    'only a free key is granted',
    "!claim || state === 'free'",
    "!claim || state !== 'in-doubt'",
    'lease-whole',
  ),
  inDecide(
    'a doubt is not retried',
    "!claim || state === 'free'",
    "!claim || state === 'free' || state === 'in-doubt'",
    'doubt-blocks',
  ),
  inDecide(
    'a record is not repeated',
    "!claim || state === 'free'",
    "!claim || state === 'free' || state === 'recorded'",
    'window-whole',
  ),
  inDecide('a free key is granted', "!claim || state === 'free'", '!claim', 'doubted-by-right'),
  inDecide(
    'another payload is told',
    'claim.payload !== command.payload',
    'false',
    'payload-told',
    'one host, two',
  ),
  inDecide(
    'no payload then is not another one',
    'claim.payload !== undefined && command',
    'command',
    'payload-told',
    'one host, one',
  ),
  inDecide(
    'no payload now is not another one',
    'command.payload !== undefined && claim',
    'claim',
    'payload-told',
    'one host, one',
  ),
  inDecide(
    'a record is answered as done',
    "if (state === 'recorded') return { kind: 'already', claim };",
    '',
    'record-stays',
  ),
  inDecide(
    'a running claim is busy',
    "if (state === 'claimed') return { kind: 'refused', why: 'busy', claim };",
    '',
    'lease-whole',
  ),
  inDecide(
    'a doubt is written down once',
    "return claim.state === 'in-doubt'\n",
    'return false\n',
    'doubted-by-right',
  ),

  inDecide(
    'record: not of a released claim',
    "if (!claim || claim.state === 'released') return { kind: 'refused', why: 'not-claimed', claim };\n  if (fence !== undefined",
    "if (!claim) return { kind: 'refused', why: 'not-claimed', claim };\n  if (fence !== undefined",
    'recorded-by-right',
  ),
  inDecide(
    'record: by no other fence',
    "if (fence !== undefined && claim.fence !== fence) return { kind: 'refused', why: 'stale-fence', claim };",
    '',
    'recorded-by-right',
  ),
  inDecide(
    'record: only once',
    "if (claim.state === 'recorded') return { kind: 'already', claim };",
    '',
    'recorded-by-right',
  ),
  inDecide(
    'record: a doubt needs its fence',
    "from === 'in-doubt' || claim.afterDoubt",
    'claim.afterDoubt',
    'recorded-by-right',
  ),
  inDecide(
    'record: so does a claim whose holder before may still come',
    ' || claim.afterDoubt === true',
    '',
    'recorded-by-right',
  ),
  inDecide(
    'record: which holds after a window that ran out on a claim',
    "claim.state === 'claimed' || claim.state === 'in-doubt' || claim.reason",
    "claim.state === 'in-doubt' || claim.reason",
    'recorded-by-right',
  ),
  inDecide(
    'record: and after a doubt that nobody settled',
    "claim.state === 'in-doubt' || claim.reason",
    'claim.reason',
    'recorded-by-right',
  ),

  inDecide(
    'release: by no other fence',
    'command.fence !== undefined && claim.fence !== command.fence',
    'false',
    'released-by-right',
  ),
  inDecide(
    'release: not of a record',
    "if (claim.state === 'recorded') return { kind: 'refused', why: 'recorded', claim };",
    '',
    'released-by-right',
  ),
  inDecide(
    'release: of a running claim by its fence',
    "from === 'claimed' && command.fence === undefined",
    'false',
    'released-by-right',
  ),
  inDecide(
    'release: of a doubt with confirmation',
    "from === 'in-doubt' && !command.confirmed",
    'false',
    'released-by-right',
  ),
  inDecide(
    'release: only once',
    "if (claim.state === 'released') return { kind: 'already', claim };",
    '',
    'released-by-right',
  ),

  inDecide(
    'doubt: not of a released claim',
    "if (!claim || claim.state === 'released') return { kind: 'refused', why: 'not-claimed', claim };\n  if (claim.fence",
    "if (!claim) return { kind: 'refused', why: 'not-claimed', claim };\n  if (claim.fence",
    'doubted-by-right',
  ),
  inDecide(
    'doubt: by no other fence',
    "if (claim.fence !== fence) return { kind: 'refused', why: 'stale-fence', claim };",
    '',
    'lease-whole',
  ),
  inDecide(
    'doubt: only of an open claim',
    "return claim.state === 'claimed'\n",
    'return true\n',
    'record-stays',
  ),

  inDecide(
    'a grant has a fence of its own',
    '    fence,\n    holder',
    '    fence: before?.fence ?? fence,\n    holder',
    'fence-grows',
  ),
  inDecide('a grant is a new generation', '(before?.generation ?? 0) + 1', '1', 'fence-grows'),
  inDecide(
    'a claim’s times are of its holder’s clock',
    'clock: moment.clock,\n    claimedAt',
    "clock: 'a',\n    claimedAt",
    'lease-whole',
    'two hosts, one clock slow',
  ),
  inDecide(
    'a lease begins no earlier than the ledger’s newest entry',
    'moment.writtenMs + command',
    'moment.nowMs + command',
    'time-forward',
    'two hosts, one',
  ),
  inDecide(
    'a claim is made no earlier than that',
    'claimedAt: instant(moment.writtenMs)',
    'claimedAt: instant(moment.nowMs)',
    'time-forward',
    'two hosts, one',
  ),
  inDecide(
    'a record is made no earlier than that',
    'settledAt: instant(moment.writtenMs), clock',
    'settledAt: instant(moment.nowMs), clock',
    'time-forward',
    'two hosts, one',
  ),
  inDecide(
    'a record’s time is of its recorder’s clock',
    'clock: moment.clock };',
    '};',
    'window-whole',
    'two hosts, one',
  ),
  inDecide(
    'a doubt keeps the lease’s end',
    "state: 'in-doubt',\n  reason,",
    "state: 'in-doubt',\n  leaseUntil: instant(moment.writtenMs),\n  reason,",
    'doubt-faithful',
  ),
];
