import { assert, asyncProperty, integer } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE } from './looks.ts';
import { flipAt, NEW, OLD, transportError, travel } from './time-travel.ts';

const EDGES = ['192.0.2.1', '192.0.2.2'];
const BOTH = { resolve: () => EDGES };
const HALF_ROUTED = { resolve: () => ['2001:db8::1', '192.0.2.1'] };

describe('a build that is live', () => {
  it('is proved by two rounds, half a second apart, in every encoding and at every address', async () => {
    const { watched, verdict, asked } = await travel({}, { ...BOTH, serve: () => ({ body: NEW }) });
    expect([verdict, watched.confirmed, watched.elapsedMs]).toEqual(['live', 2, 500]);
    const each = (encodings: readonly string[]) =>
      EDGES.flatMap((edge) => encodings.map((e) => `${edge} ${e}`));
    expect(asked.filter(({ atMs }) => atMs === 0).map((a) => `${a.address} ${a.encoding}`)).toEqual([
      ...each(['br']),
      ...each(['gzip', 'identity']),
    ]);
    expect(asked.filter(({ atMs }) => atMs === 500).map((a) => `${a.address} ${a.encoding}`)).toEqual(
      each(['br', 'gzip', 'identity']),
    );
  });

  it('is looked at in one encoding only, until that is right everywhere', async () => {
    const { asked } = await travel({}, { serve: flipAt(10_000) });
    expect(new Set(asked.filter(({ atMs }) => atMs < 10_000).map(({ encoding }) => encoding))).toEqual(
      new Set(['br']),
    );
  });

  it.each([1, 3, 7])('needs %i good rounds when so many are asked for', async (confirmations) => {
    const { watched, verdict } = await travel({ confirmations }, { serve: () => ({ body: NEW }) });
    expect([verdict, watched.rounds.length, watched.elapsedMs]).toEqual([
      'live',
      confirmations,
      (confirmations - 1) * 500,
    ]);
  });

  it('is asked for at whichever address the system picks, when one is enough', async () => {
    const { asked, verdict } = await travel({ edges: 'one' }, { ...BOTH, serve: () => ({ body: NEW }) });
    expect([verdict, new Set(asked.map(({ address }) => address))]).toEqual(['live', new Set(['any'])]);
  });

  it('is looked at where its name leads by then', async () => {
    const resolve = (_: string, atMs: number) => (atMs < 5000 ? ['192.0.2.1'] : EDGES);
    const { verdict, asked } = await travel(
      {},
      { resolve, serve: ({ address }) => ({ body: address === EDGES[1] ? NEW : OLD }) },
    );
    expect(verdict).toBe('stale-edge');
    expect(asked.some(({ address, atMs }) => address === EDGES[1] && atMs < 5000)).toBe(false);
  });
});

describe('a server that asks for patience', () => {
  const busy = (seconds: number, untilMs: number) => ({
    serve: ({ atMs }: { atMs: number }) =>
      atMs < untilMs ? { status: 503, headers: { 'retry-after': String(seconds) } } : { body: NEW },
  });

  it('gets no request before the moment it named', async () => {
    const { asked, verdict } = await travel({}, busy(30, 60_000));
    expect([...new Set(asked.map(({ atMs }) => atMs))]).toEqual([0, 30_000, 60_000, 60_500]);
    expect(verdict).toBe('live');
  });

  it('ends the watch when that moment is too late', async () => {
    const { asked, verdict } = await travel({}, busy(3600, Number.POSITIVE_INFINITY));
    expect([asked.length, verdict]).toEqual([1, 'error-status']);
  });

  it('is not taken at its word with an answer that is no error', async () => {
    const { verdict } = await travel(
      {},
      {
        serve: ({ atMs }) => ({ body: atMs < 5000 ? OLD : NEW, headers: { 'retry-after': '3600' } }),
      },
    );
    expect(verdict).toBe('live');
  });
});

describe('an edge that goes back', () => {
  it('resets the count', async () => {
    const goodAt = new Set([0, 2, 3, 5, 6, 7]);
    let look = -1;
    const serve = ({ encoding }: { encoding: string }) => {
      if (encoding === 'br') look += 1;
      return { body: goodAt.has(look) ? NEW : OLD };
    };
    const { watched, verdict } = await travel({ confirmations: 3 }, { serve });
    expect([verdict, watched.rounds.length]).toEqual(['live', 8]);
  });

  it('is named at the end', async () => {
    let look = 0;
    const { verdict, watched } = await travel(
      {},
      {
        ...BOTH,
        serve: ({ address, encoding }) => {
          if (address === EDGES[1] && encoding === 'br') look += 1;
          return { body: address === EDGES[1] && look % 2 === 0 ? OLD : NEW };
        },
      },
    );
    expect([verdict, watched.confirmed < 2]).toEqual(['stale-edge', true]);
  });
});

describe('the deadline', () => {
  it('is never passed, and whatever is right by the last look can still be confirmed', async () => {
    const confirmMs = 500 + 3 * 100;
    await assert(
      asyncProperty(
        integer({ min: 0, max: 130_000 }),
        integer({ min: 3_000, max: 120_000 }),
        async (flipMs, withinMs) => {
          const { verdict, asked } = await travel({ withinMs }, { serve: flipAt(flipMs), latencyMs: 100 });
          const watching = asked.filter(({ bypass }) => !bypass);
          expect(watching.every(({ atMs }) => atMs < withinMs)).toBe(true);
          if (flipMs <= withinMs - confirmMs) expect(verdict).toBe('live');
          if (flipMs >= withinMs) expect(verdict).toBe('old-build');
        },
      ),
    );
  });

  it('leaves what was right but not confirmed unproved, also where an address has no route', async () => {
    const serve = ({ address }: { address: string }) =>
      address.includes(':') ? transportError('ENETUNREACH') : { body: NEW };
    for (const resolve of [() => ['192.0.2.1'], HALF_ROUTED.resolve]) {
      const { verdict, watched } = await travel({ withinMs: 1800 }, { resolve, serve, latencyMs: 700 });
      expect([verdict, watched.confirmed]).toEqual(['unreachable', 1]);
    }
  });

  it('is not waited for when the rounds are used up', async () => {
    const { rounds, verdict } = await travel({ maxPolls: 3 }, { serve: () => ({ body: OLD }) });
    expect([rounds.length, rounds.at(-1)?.nextMs, verdict]).toEqual([3, undefined, 'old-build']);
  });
});

describe('what nobody can look at', () => {
  it('does not count beside an address that was looked at', async () => {
    const serve = ({ address }: { address: string }) =>
      address.includes(':') ? transportError('EHOSTUNREACH') : { body: NEW };
    expect((await travel({}, { ...HALF_ROUTED, serve })).verdict).toBe('live');
  });

  it.each(['ENETUNREACH', 'ECONNREFUSED', 'CERT_HAS_EXPIRED', 'HPE_INVALID_CONSTANT'])(
    'is unreachable by %s',
    async (code) => {
      const { verdict, rounds } = await travel({}, { serve: () => transportError(code) });
      expect([verdict, rounds.length > 5]).toEqual(['unreachable', true]);
    },
  );

  it('is a name that does not resolve; one that does later is live', async () => {
    const missing = transportError('ENOTFOUND');
    const serve = () => ({ body: NEW });
    expect((await travel({}, { resolve: () => missing, serve })).verdict).toBe('unreachable');
    const resolve = (_: string, atMs: number) => (atMs < 9000 ? missing : ['192.0.2.1']);
    expect((await travel({}, { resolve, serve })).verdict).toBe('live');
  });

  it('is not a bug of ours, which is thrown', async () => {
    await expect(travel({}, { serve: () => new TypeError('a bug') })).rejects.toThrow('a bug');
    await expect(travel({}, { resolve: () => new TypeError('a bug'), serve: () => ({}) })).rejects.toThrow(
      'a bug',
    );
  });
});

describe('the look past the caches', () => {
  it('is made once, at the end, by the address that is wrong', async () => {
    const serve = ({ bypass, address }: { bypass: boolean; address: string }) => {
      if (address === EDGES[0]) return { status: 503 };
      return { body: bypass ? NEW : OLD };
    };
    const { asked, verdict, past, watched } = await travel({}, { ...BOTH, serve });
    const looks = asked.filter(({ bypass }) => bypass);
    expect([verdict, looks.map(({ address }) => address)]).toEqual(['stale-edge', [EDGES[1]]]);
    expect(asked.at(-1)).toBe(looks[0]);
    expect(past.map((seen) => seen.kind === 'answer' && seen.served)).toEqual([NEW]);
    expect(watched.past).toEqual(past);
  });

  it('is made in the other encodings too, when it is no better', async () => {
    const { asked, verdict } = await travel({}, { serve: () => ({ body: OLD }) });
    const looks = asked.filter(({ bypass }) => bypass);
    expect([verdict, looks.map(({ encoding }) => encoding)]).toEqual([
      'old-build',
      ['br', 'gzip', 'identity'],
    ]);
  });

  it('finds the new build where the origin keeps an old compressed copy beside it', async () => {
    const { verdict } = await travel(
      {},
      { serve: ({ encoding }) => ({ body: encoding === 'br' ? OLD : NEW }) },
    );
    expect(verdict).toBe('stale-edge');
  });

  it.each([
    ['live', NEW],
    ['stale-edge', OLD],
  ])('is not made when the verdict is %s without it', async (verdict, second) => {
    const serve = ({ address }: { address: string }) => ({ body: address === EDGES[1] ? second : NEW });
    const travelled = await travel({}, { ...BOTH, serve });
    expect([travelled.verdict, travelled.asked.some(({ bypass }) => bypass)]).toEqual([verdict, false]);
  });
});

describe('a run that is cut short', () => {
  it.each([
    ['between two looks', 0],
    ['during one', 400],
  ])('%s ends at once, and says so', async (_, latencyMs) => {
    const { watched, asked } = await travel(
      {},
      { serve: () => ({ body: OLD }), latencyMs, abortAtMs: 10_050 },
    );
    expect(watched.interrupted).toBe(true);
    expect(watched.elapsedMs).toBe(10_050);
    expect(asked.some(({ bypass }) => bypass)).toBe(false);
  });

  it('proves nothing by what it saw so far', async () => {
    const { watched, verdict } = await travel({}, { serve: () => ({ body: NEW }), abortAtMs: 100 });
    expect([watched.interrupted, verdict]).toEqual([true, 'unreachable']);
  });
});

it('gives each URL its own verdict', async () => {
  const urls = ['/', '/old', '/none', '/gone'].map((path) => new URL(path, PAGE));
  const replies: Readonly<Record<string, { status?: number; body?: string }>> = {
    '/': { body: NEW },
    '/old': { body: OLD },
    '/none': { body: '<html>' },
    '/gone': { status: 404 },
  };
  const { verdict } = await travel(
    { urls, withinMs: 3000 },
    { serve: ({ url }) => replies[url.pathname] ?? {} },
  );
  // The first was right each time, but is not confirmed while others are wrong.
  expect(verdict).toBe('unreachable,old-build,no-marker,error-status');
});
