import { describe, expect, it, type TestContext } from 'vitest';
import { canRemapHosts, withHosts } from '../targets/hosts.ts';
import { canIsolateNetwork, halfRoutedHosts, UNROUTED_IPV6, withoutRoute } from '../targets/no-route.ts';
import { origin } from '../targets/origin.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { hasAddress, type TwoEdges, twoEdges } from '../targets/two-edges.ts';
import { FRONTS, type Inputs, NEW, OLD, polls, verifyLive } from './prove.ts';
import type { RunOptions } from './run-dist.ts';

// Found out by running a command each, so once.
const remapsHosts = canRemapHosts();
const isolatesNetwork = canIsolateNetwork();

const skipUnless = (context: TestContext, capabilities: Readonly<Record<string, boolean>>): void => {
  const missing = requireOrSkip([], capabilities);
  if (missing) context.skip(missing);
};

const needsTwoAddresses = async (context: TestContext): Promise<void> =>
  skipUnless(context, {
    'a way to give a command its own /etc/hosts': remapsHosts,
    '127.0.0.2': await hasAddress('127.0.0.2'),
  });

const remapped = (two: TwoEdges): RunOptions => ({
  wrap: (file, args) => withHosts(two.hostsLines, file, args),
});

describe.each(FRONTS)('a name with two addresses (%s)', (front) => {
  const look = (two: TwoEdges, inputs: Inputs = {}) =>
    verifyLive(front, two.url, { 'max-polls': '2', ...inputs }, remapped(two));

  it.concurrent('is proved at both', async (context) => {
    await needsTwoAddresses(context);
    await using two = await twoEdges();
    for (const edge of two.edges) edge.deploy(NEW);
    const run = await look(two);
    expect([run.code, run.outputs.verdict]).toEqual([0, 'live']);
    expect(new Set(polls(run).map(({ edge }) => edge))).toEqual(new Set(two.addresses));
    for (const edge of two.edges) {
      expect(edge.requests).toHaveLength(6);
      expect(new Set(edge.requests.map(({ headers }) => headers.host))).toEqual(
        new Set([`two-edges.test:${two.port}`]),
      );
    }
  });

  it.concurrent('is disproved by one of them, which is named', async (context) => {
    await needsTwoAddresses(context);
    for (const stale of [0, 1] as const) {
      await using two = await twoEdges();
      two.edges[stale].deploy(OLD);
      two.edges[1 - stale]?.deploy(NEW);
      const run = await look(two);
      expect([run.code, run.outputs.verdict]).toEqual([1, 'stale-edge']);
      expect(run.proof?.checks[0]?.observed).toBe(`stale-edge: ${OLD} at ${two.addresses[stale]} (br)`);
    }
  });

  it.concurrent('is looked at in one place with `edges: one`, which weakens the proof', async (context) => {
    await needsTwoAddresses(context);
    await using two = await twoEdges();
    for (const edge of two.edges) edge.deploy(NEW);
    const run = await look(two, { edges: 'one' });
    expect([run.code, run.proof?.overrides]).toEqual([0, ['edges: one']]);
    expect(two.edges[0].requests.length + two.edges[1].requests.length).toBe(6);
  });

  it.concurrent('is not proved while one of them is down', async (context) => {
    await needsTwoAddresses(context);
    await using two = await twoEdges();
    two.edges[0].deploy(NEW);
    await two.edges[1][Symbol.asyncDispose]();
    const run = await look(two);
    expect([run.code, run.outputs.verdict]).toEqual([3, 'unreachable']);
    expect(run.proof?.checks[0]?.observed).toContain(`at ${two.addresses[1]} (br)`);
  });
});

describe('localhost', () => {
  const DUAL = ['127.0.0.1 localhost', '::1 localhost'];
  const wrap = (file: string, args: readonly string[]) => withHosts(DUAL, file, args);
  const needsBoth = async (context: TestContext): Promise<void> =>
    skipUnless(context, {
      'a way to give a command its own /etc/hosts': remapsHosts,
      '::1': await hasAddress('::1'),
    });

  it.concurrent.for(['127.0.0.1', '::1'])(
    'is one machine: a server at %s alone is there',
    async (host, context) => {
      await needsBoth(context);
      await using site = await origin({ host, name: 'localhost' });
      site.deploy(NEW);
      const live = await verifyLive('command line', site.url, {}, { wrap });
      expect(live.outputs.verdict).toBe('live');
      site.deploy(OLD);
      const old = await verifyLive('command line', site.url, { 'max-polls': '2' }, { wrap });
      expect(old.outputs.verdict).toBe('old-build');
      await site[Symbol.asyncDispose]();
      const gone = await verifyLive('command line', site.url, { 'max-polls': '2' }, { wrap });
      expect([gone.code, gone.outputs.verdict]).toEqual([3, 'unreachable']);
    },
  );

  it.concurrent('is looked at under both addresses where both answer', async (context) => {
    await needsBoth(context);
    await using two = await twoEdges({ name: 'localhost' });
    two.edges[0].deploy(NEW);
    two.edges[1].deploy(OLD);
    const run = await verifyLive('command line', two.url, { 'max-polls': '2' }, { wrap });
    expect([run.code, run.outputs.verdict]).toEqual([1, 'stale-edge']);
    expect(run.proof?.checks[0]?.observed).toContain('at ::1 (br)');
  });
});

describe.each(['ENETUNREACH', 'EHOSTUNREACH', 'EACCES'] as const)(
  'an address without a route (%s)',
  (fault) => {
    const island = (ports: readonly number[], hostsLines: readonly string[]) =>
      withoutRoute({ hostsLines, ports, fault });

    it.concurrent.for(FRONTS)(
      'is untestable, said once, and does not count beside another (%s)',
      async (front, context) => {
        skipUnless(context, { 'a network of its own': isolatesNetwork });
        await using site = await origin();
        site.deploy(NEW);
        await using there = await island([site.port], halfRoutedHosts('half.test'));
        const run = await verifyLive(front, `http://half.test:${site.port}`, {}, { wrap: there.wrap });
        expect([run.code, run.outputs.verdict]).toEqual([0, 'live']);
        expect(polls(run).filter(({ edge }) => edge === UNROUTED_IPV6)).toMatchObject([{ error: fault }]);
        expect(run.proof?.checks[0]?.detail).toContain(UNROUTED_IPV6);
        const unseen =
          run.proof?.checks[0]?.attempts?.filter(({ observed }) => observed.edge === UNROUTED_IPV6) ?? [];
        expect(new Set(unseen.map(({ status }) => status))).toEqual(new Set(['untestable']));
      },
    );

    it.concurrent('leaves a wrong answer elsewhere wrong, and proves nothing alone', async (context) => {
      skipUnless(context, { 'a network of its own': isolatesNetwork });
      await using site = await origin();
      site.deploy(OLD);
      await using half = await island([site.port], halfRoutedHosts('half.test'));
      await using none = await island([], [`${UNROUTED_IPV6} none.test`]);
      const once = { 'max-polls': '2' };
      const wrong = await verifyLive('command line', `http://half.test:${site.port}`, once, {
        wrap: half.wrap,
      });
      expect([wrong.code, wrong.outputs.verdict]).toEqual([1, 'old-build']);
      const alone = await verifyLive('command line', 'http://none.test', once, { wrap: none.wrap });
      expect([alone.code, alone.outputs.verdict]).toEqual([3, 'unreachable']);
    });
  },
);
