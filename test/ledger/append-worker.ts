/**
 * One process of a race, as a program: appends entries and prints how many attempts each took.
 * Arguments: store, cache folder, first number, how many; environment: SHIP_PROOF_TEST_TOKEN.
 */
import { transact } from '../../src/ledger/transact.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { openAt } from './fixtures.ts';

const [store = '', cacheDir = '', first = '0', howMany = '1'] = process.argv.slice(2);
const { SHIP_PROOF_TEST_TOKEN: token, ...env } = process.env;

await using ledger = await openAt(store, cacheDir, { token, env });
const attempts: number[] = [];
for (let i = 0; i < Number(howMany); i += 1) {
  const n = Number(first) + i;
  const done = await transact(ledger, { clock: systemClock, actor: `pid:${process.pid}` }, () => ({
    entries: [{ kind: 'thing', n }],
    records: { [`things/aa/${n}`]: { n } },
    subject: `append ${n}`,
    verdict: null,
  }));
  attempts.push(done.attempts);
}
console.log(JSON.stringify(attempts));
