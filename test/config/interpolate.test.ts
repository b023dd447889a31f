// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../src/config/interpolate.ts';
import { createRedactor } from '../../src/proof/redact.ts';

const env = {
  ...{ HOST: 'a.example', TOKEN: 'hunter22', SHORT: 'abc', EMPTY: '', NESTED: '${TOKEN}' },
  ...{
    GITHUB_TOKEN: 'x',
    ACTIONS_RUNTIME_TOKEN: 'x',
    INPUT_TOKEN: 'x',
    SHIP_PROOF_KEY_SECRET: 'x',
    github_sha: 'x',
  },
  GITHUB_EVENT_NAME: 'pull_request',
};

const start = (trusted = true) => {
  const secrets = createRedactor();
  const place = { file: 'ship-proof.yml', line: 7 };
  return { secrets, put: (text: string) => interpolate(text, place, { env, secrets, trusted }) };
};

describe('interpolate', () => {
  it.each([
    ['https://${HOST}/', 'https://a.example/'],
    ['${HOST} ${HOST}', 'a.example a.example'],
    ['$${HOST}', '${HOST}'],
    ['$${secret:TOKEN}', '${secret:TOKEN}'],
    ['$$${HOST}', '$${HOST}'],
    ['$HOST {HOST} $5 {{build-id}} $[*] $.a', '$HOST {HOST} $5 {{build-id}} $[*] $.a'],
    ['${NESTED}', '${TOKEN}'],
  ])('makes %j into %j', (text, expected) => {
    expect(start().put(text)).toEqual({ text: expected, secret: false });
  });

  it('masks a secret everywhere from then on', () => {
    const { secrets, put } = start();
    expect(put('Bearer ${secret:TOKEN}')).toEqual({ text: 'Bearer hunter22', secret: true });
    expect(secrets.text('it was hunter22')).toBe('it was ***');
  });

  it('does not mask what is not called a secret', () => {
    const { secrets, put } = start();
    put('${HOST}');
    expect(secrets.text('a.example')).toBe('a.example');
  });

  it.each([
    ['${MISSING}', 'config-variable', 'the environment variable `MISSING` is not set'],
    ['${EMPTY}', 'config-variable', 'the environment variable `EMPTY` is not set'],
    ['${secret:MISSING}', 'config-variable', '`MISSING` is not set'],
    ['${}', 'config-variable', '`${}` names no environment variable; write `$${}` for the text itself'],
    ['${a b}', 'config-variable', 'names no environment variable'],
    ['${secret :TOKEN}', 'config-variable', 'names no environment variable'],
    ['Bearer ${secret:TOKEN', 'config-variable', 'names no environment variable'],
    ['${GITHUB_TOKEN}', 'config-variable', 'belongs to the runner'],
    ['${secret:ACTIONS_RUNTIME_TOKEN}', 'config-variable', 'belongs to the runner'],
    ['${INPUT_TOKEN}', 'config-variable', 'belongs to the runner'],
    ['${SHIP_PROOF_KEY_SECRET}', 'config-variable', 'belongs to the runner'],
    ['${SHIP_PROOF_INPUT_TOKEN}', 'config-variable', 'belongs to the runner'],
    ['${constructor}', 'config-variable', 'is not set'],
    ['${secret:__proto__}', 'config-variable', 'is not set'],
    ['${github_sha}', 'config-variable', 'belongs to the runner'],
    ['${secret:SHORT}', 'secret-short', '`SHORT`: a secret of fewer than 4 characters'],
  ])('refuses %j', (text, code, message) => {
    expect(() => start().put(text)).toThrow(
      expect.objectContaining({
        ...{ code, outcome: 'invalid', at: { file: 'ship-proof.yml', line: 7 } },
        message: expect.stringMatching(/^ship-proof\.yml:7: /),
      }),
    );
    expect(() => start().put(text)).toThrow(message);
  });

  it.each(['${HOST}', '${secret:TOKEN}', '${MISSING}'])(
    "reads no variable for a config that may be a contributor's: %s",
    (text) => {
      expect(() => start(false).put(text)).toThrow(expect.objectContaining({ code: 'config-untrusted' }));
    },
  );

  it("leaves the rest of a contributor's config as it is", () => {
    expect(start(false).put('$${HOST} $5').text).toBe('${HOST} $5');
  });
});
