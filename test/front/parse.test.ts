import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { environmentInputs, parseInput, type RawInput } from '../../src/front/parse.ts';
import { commonInputs } from '../../src/modes/common.ts';
import { choice, duration, flag, headers, integer, lines, text, urls } from '../../src/modes/kinds.ts';
import { defineMode } from '../../src/modes/mode.ts';
import { CodedError } from '../../src/proof/errors.ts';
import { proof } from '../proof/proofs.ts';

const mode = defineMode({
  name: 'probe',
  summary: 'For tests.',
  input: z.strictObject({
    name: text().optional(),
    url: urls().optional(),
    within: duration(100, 86_400_000).prefault('2m'),
    tries: integer(1, 10).prefault('3'),
    edges: choice(['all', 'one']).prefault('all'),
    quick: flag().prefault(false),
    headers: headers().prefault({}),
    only: lines().optional(),
    ...commonInputs,
  }),
  outputs: {},
  run: async () => proof(),
});

const given = (name: string, value: unknown, more: Partial<RawInput> = {}): RawInput => ({
  ...{ name, value, source: `--${name}` },
  ...more,
});

const parse = (...inputs: RawInput[]) => parseInput(mode, inputs);

/** The error that an input is refused with. */
function refusal(...inputs: RawInput[]): CodedError {
  try {
    parse(...inputs);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('parseInput', () => {
  it.each([
    ['a URL with a user and password', 'ftp://me:s3cr3t@host.example/', '***@host.example'],
    ['several of them', ['ftp://me:s3cr3t@a.example/', 'ftp://you:s3cr3t@b.example/'], '***@b.example'],
    ['an address without a password', 'mail@host.example', 'mail@host.example'],
  ])('shows of %s what is no credential', (_, value, shown) => {
    const { message } = refusal(given('url', value));
    expect(message).toContain(shown);
    expect(message).not.toContain('s3cr3t');
  });

  it('tells what is wrong with a value that is as large as a config may be', () => {
    expect(refusal(given('tries', '":'.repeat(100_000))).code).toBe('input-invalid');
  });

  it('gives defaults where nothing was given', () => {
    expect(parse()).toEqual({ within: 120_000, tries: 3, edges: 'all', quick: false, headers: {} });
  });

  it('takes the last of what was given: front over environment over config', () => {
    expect(parse(given('tries', 2), given('tries', '5'), given('tries', '7')).tries).toBe(7);
  });

  it.each<[string, unknown, unknown]>([
    ['within', '250ms', 250],
    ['within', '6s', 6_000],
    ['within', ' 20m ', 1_200_000],
    ['within', '4h', 14_400_000],
    ['within', '1d', 86_400_000],
    ['within', '1.5s', 1_500],
    ['within', '1.0055s', 1_006],
    ['tries', 4, 4],
    ['tries', ' 4 ', 4],
    ['quick', 'true', true],
    ['quick', false, false],
    ['edges', 'one', 'one'],
    ['name', ' a ', 'a'],
    ['only', 'a\r\n\n b ', ['a', 'b']],
    ['only', ['a', 'b\nc'], ['a', 'b', 'c']],
    ['url', 'https://a.example/#top', [new URL('https://a.example/')]],
    ['headers', 'X-A: 1\nx-b:a:b', { 'x-a': '1', 'x-b': 'a:b' }],
    ['headers', { 'X-A': '1' }, { 'x-a': '1' }],
  ])('reads %s from %j', (name, value, expected) => {
    expect(parse(given(name, value))).toHaveProperty(name, expected);
  });

  it.each<[string, unknown]>([
    ['within', '6'],
    ['within', '6 s'],
    ['within', '-6s'],
    ['within', '1e3s'],
    ['within', '99ms'],
    ['within', '25h'],
    ['within', 'soon'],
    ['within', 6],
    ['within', null],
    ['tries', '0'],
    ['tries', '11'],
    ['tries', '1.5'],
    ['tries', '0x1'],
    ['tries', '99999999999999999999'],
    ['tries', true],
    ['quick', 'yes'],
    ['quick', 'TRUE'],
    ['quick', 1],
    ['edges', 'both'],
    ['name', '   '],
    ['name', ['a']],
    ['only', '\n\n'],
    ['only', [1]],
    ['url', ''],
    ['url', 'a.example'],
    ['url', 'ftp://a.example/'],
    ['headers', 'no colon'],
    ['headers', 'two words: x'],
    ['headers', ': x'],
    ['headers', 'x-a: 1\nX-A: 2'],
    ['headers', { 'x-a': 'a\r\nx-b: c' }],
    ['headers', { 'x-a': 1 }],
    ['headers', 'x-a: \u0000'],
  ])('refuses %s as %j, and never falls back to the default', (name, value) => {
    const { code, outcome, checks } = refusal(given(name, value));
    expect({ code, outcome }).toEqual({ code: 'input-invalid', outcome: 'invalid' });
    expect(checks.map(({ id, status }) => `${id} ${status}`)).toEqual([`input:${name} fail`]);
  });

  it('says the name, what was given, where, and what is allowed', () => {
    const { checks, message } = refusal(given('within', 'soon'));
    expect(checks).toEqual([
      {
        id: 'input:within',
        status: 'fail',
        title: 'input-invalid: input `within`',
        expected: 'a duration such as 250ms, 6s, 20m, 4h or 30d, from 100ms to 1d',
        observed: '"soon" (from --within)',
      },
    ]);
    expect(message).toContain('`within`: "soon" (from --within); allowed: a duration such as 250ms');
  });

  it('says everything that is wrong at once', () => {
    const { code, checks } = refusal(
      given('withim', '5s'),
      given('tries', 'x'),
      given('edges', 'x'),
      given('constructor', 'x'),
    );
    expect(code).toBe('input-unknown');
    expect(checks.map(({ id }) => id)).toEqual([
      'input:withim',
      'input:constructor',
      'input:tries',
      'input:edges',
    ]);
    expect(checks[0]?.observed).toBe(
      '`probe` has no input `withim` (did you mean `within`?) (from --withim)',
    );
  });

  it('says a mistake in one list once', () => {
    expect(refusal(given('url', 'nonsense\nrubbish')).checks).toHaveLength(1);
  });

  it('points at the line of the config', () => {
    const at = { file: 'ship-proof.yml', line: 4 };
    expect(refusal(given('withim', '5s', { at })).checks[0]?.at).toEqual(at);
    expect(refusal(given('within', 'soon', { at })).checks[0]?.at).toEqual(at);
  });

  it('does not take from the config what is common to all modes', () => {
    const at = { file: 'ship-proof.yml', line: 4 };
    expect(refusal(given('out', '/etc', { at }))).toMatchObject({
      code: 'input-unknown',
      checks: [{ id: 'input:out', at }],
    });
    expect(parse(given('out', '/tmp/x')).out).toBe('/tmp/x');
  });

  it('names the missing value of a flag, and of an input that has to be given', () => {
    expect(refusal(given('within', undefined))).toMatchObject({
      code: 'input-missing',
      checks: [
        {
          id: 'input:within',
          observed: 'no value (from --within; one that begins with -- is given as --within=…)',
        },
      ],
    });
    const strict = defineMode({
      ...{ name: 'strict', summary: '', outputs: {}, run: async () => proof() },
      input: z.strictObject({ url: urls() }),
    });
    expect(() => parseInput(strict, [])).toThrow(
      expect.objectContaining({
        code: 'input-missing',
        message: expect.stringContaining('`url`: nothing was given; allowed: http'),
      }),
    );
  });

  it.each<[string, unknown, Partial<RawInput>]>([
    ['url', 'https://user:hunter22@a.example/', {}],
    ['url', 'https://hunter22@a.example/', {}],
    ['url', 'rubbish\nhttps://user:hunter22@a.example/', {}],
    ['url', 'https://user:hunter22@a.example:99999/', {}],
    ['url', 'https://user:"hunter22"@a.example:99999/', {}],
    ['url', 'https://user:hunter22/x@a.example:99999/', {}],
    ['url', 'user:hunter22@a.example', {}],
    ['headers', 'Authorization Bearer hunter22', {}],
    ['headers', 'Authorization: hunter22\u0000', {}],
    ['headers', { authorization: 'hunter22\n' }, {}],
    ['headers', ['authorization: x', 'hunter22'], {}],
    ['headers', { authorization: ['hunter22'] }, {}],
    ['within', 'hunter22', { secret: true }],
  ])('never repeats a secret: %s %j', (name, value, more) => {
    const error = refusal(given(name, value, more));
    expect(JSON.stringify([error.message, error.checks])).not.toContain('hunter22');
  });

  it('repeats what was given in short and harmless', () => {
    const { message } = refusal(
      given('within', `##[error]\n::error::${'x'.repeat(500)}`),
      given('\u001b[31m', 'x', { source: 'with' }),
    );
    expect(message).not.toMatch(/\p{Cc}|##\[/u);
    expect(message).not.toContain('x'.repeat(200));
  });
});

describe('environmentInputs', () => {
  it('reads the inputs that the mode knows; empty ones are not given', () => {
    const env = {
      SHIP_PROOF_INPUT_BUILD_ID: 'build-1',
      SHIP_PROOF_INPUT_URL: ' ',
      SHIP_PROOF_INPUT_RUNNER: 'digest',
      SHIP_PROOF_INPUT_: 'x',
      INPUT_URL: 'x',
    };
    expect(environmentInputs(env, ['build-id', 'url'])).toEqual([
      { name: 'build-id', value: 'build-1', source: 'SHIP_PROOF_INPUT_BUILD_ID' },
    ]);
  });
});
