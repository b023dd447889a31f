import { describe, expect, it } from 'vitest';
import { parseArguments, splitArguments } from '../../src/front/cli.ts';
import { cliFront } from '../../src/front/cli-front.ts';
import type { Mode } from '../../src/modes/mode.ts';
import { mode as verifyLive } from '../../src/modes/verify-live.ts';
import { proofText } from '../../src/report/files.ts';
import { proof } from '../proof/proofs.ts';

const mode = verifyLive as unknown as Mode;
const values = (...argv: string[]) =>
  Object.fromEntries(parseArguments(mode, argv).map(({ name, value }) => [name, value]));

describe('parseArguments', () => {
  it.each<[string[], object]>([
    [[], {}],
    [['--within', '5s'], { within: '5s' }],
    [['--within=5s'], { within: '5s' }],
    [['--headers=a: b=c'], { headers: 'a: b=c' }],
    [['--where='], { where: '' }],
    [['--where=--x'], { where: '--x' }],
    [['--where', '-x'], { where: '-x' }],
    [['--url', 'https://a', '--url=https://b'], { url: 'https://a\nhttps://b' }],
    [['--fail-fast'], { 'fail-fast': 'true' }],
    [['--fail-fast', '--within', '5s'], { 'fail-fast': 'true', within: '5s' }],
    [['--fail-fast', 'false', '--within', '5s'], { 'fail-fast': 'false', within: '5s' }],
    [['--fail-fast=false'], { 'fail-fast': 'false' }],
    [['--json', '--within', '5s', '--json'], { within: '5s' }],
    [['--within'], { within: undefined }],
    [['--within', '--fail-fast'], { within: undefined, 'fail-fast': 'true' }],
    [['--withim', '5s', '--edges', 'one'], { withim: '5s', edges: 'one' }],
    [['--constructor', 'x'], { constructor: 'x' }],
  ])('reads %j', (argv, expected) => {
    expect(values(...argv)).toEqual(expected);
  });

  it.each(['5s', '-v', '-', '--=x', '##[error]\n::error::x'])('refuses %j, which is no flag', (argument) => {
    expect(() => values('--within', '5s', argument)).toThrow(
      expect.objectContaining({ code: 'input-unknown', message: expect.not.stringMatching(/\n|##\[/) }),
    );
  });

  it('says where each input was given', () => {
    expect(parseArguments(mode, ['--within=5s'])[0]?.source).toBe('--within');
  });
});

it.each<[string[], string[], string[] | undefined]>([
  [['--a', 'b'], ['--a', 'b'], undefined],
  [['--a', '--', 'npm', 'run', '--', 'x'], ['--a'], ['npm', 'run', '--', 'x']],
  [['--'], [], []],
])('parts %j at the first --', (argv, own, command) => {
  expect(splitArguments(argv)).toEqual({ own, command });
});

describe('cliFront', () => {
  const start = (...argv: string[]) => {
    const written = { out: '', err: '' };
    const into = (stream: 'out' | 'err') => (text: string) => {
      written[stream] += text;
    };
    const front = cliFront(argv, { out: into('out'), err: into('err') });
    return { front, written };
  };

  it('prints its lines on stdout', async () => {
    const { front, written } = start('verify-live');
    front.print('a b=1');
    await front.publish(proof(), { proof: undefined });
    expect(written).toEqual({ out: 'a b=1\n', err: '' });
  });

  it('prints the proof alone on stdout with --json', async () => {
    const { front, written } = start('verify-live', '--json');
    front.print('a b=1');
    await front.publish(proof(), { proof: undefined });
    expect(written).toEqual({ out: proofText(proof()), err: 'a b=1\n' });
    expect(JSON.parse(written.out)).toEqual(proof());
  });

  it("takes no --json from a command's own arguments", () => {
    expect(start('once', '--', 'npm', '--json').front).toMatchObject({
      channels: { json: false, logFd: 1 },
      command: ['npm', '--json'],
    });
  });

  it('has no mode and no folder unless they are given', () => {
    expect(start().front).toMatchObject({ mode: '', out: undefined, command: undefined });
  });
});
