import { expect, test } from 'vitest';
import { gitEnvironment } from '../../src/ledger/git-environment.ts';
import { transportSettings } from '../../src/ledger/git-transport.ts';

const environment = (inherited: Record<string, string>) =>
  gitEnvironment({ inherited, protocols: ['https'], settings: [['a.b', 'c']] });

test('only what a transport needs is inherited', () => {
  const kept = {
    PATH: '/bin',
    HOME: '/h',
    https_proxy: 'p',
    SSH_AUTH_SOCK: 's',
    GIT_SSH_COMMAND: 'ssh',
    GIT_SSL_CAINFO: 'c',
    GIT_CONFIG_GLOBAL: 'g',
  };
  const dropped = {
    GIT_DIR: '/x',
    GIT_INDEX_FILE: '/x',
    GIT_WORK_TREE: '/x',
    GIT_TRACE: '1',
    GIT_TRACE_CURL: '/x',
    GIT_EXEC_PATH: '/x',
    GIT_CONFIG_PARAMETERS: "'x.y=z'",
    GIT_CONFIG_KEY_99: 'core.hooksPath',
    GIT_OBJECT_DIRECTORY: '/x',
    GIT_REPLACE_REF_BASE: 'x',
    INPUT_TOKEN: 't',
    ACTIONS_RUNTIME_TOKEN: 't',
    GITHUB_TOKEN: 't',
    GH_TOKEN: 't',
    SHIP_PROOF_KEY_SECRET: 's',
    LD_PRELOAD: '/x',
    SSH_ASKPASS: '/x',
    EDITOR: 'vi',
  };
  const result = environment({ ...kept, ...dropped });
  expect(result).toMatchObject(kept);
  for (const name of Object.keys(dropped)) expect(result).not.toHaveProperty(name);
});

test('nothing prompts, and only the one transport may run', () => {
  expect(environment({})).toMatchObject({
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_ALLOW_PROTOCOL: 'https',
    LC_ALL: 'C',
  });
  expect(gitEnvironment({ inherited: {}, protocols: [], settings: [] }).GIT_ALLOW_PROTOCOL).toBe('none');
});

test('settings are counted, ours after the fixed ones', () => {
  const result = environment({});
  const last = Number(result.GIT_CONFIG_COUNT) - 1;
  expect([result[`GIT_CONFIG_KEY_${last}`], result[`GIT_CONFIG_VALUE_${last}`]]).toEqual(['a.b', 'c']);
  expect(result[`GIT_CONFIG_KEY_${last + 1}`]).toBeUndefined();
});

test('the token is bound to the whole URL of the store, and ssh never gets it', () => {
  const url = 'https://h.example/o/r';
  const settings = transportSettings(url, 'secret');
  const headers = settings.filter(([key]) => key.endsWith('extraHeader'));
  expect(headers).toEqual([
    [`http.${url}.extraHeader`, ''],
    [
      `http.${url}.extraHeader`,
      `Authorization: Basic ${Buffer.from('x-access-token:secret').toString('base64')}`,
    ],
  ]);
  expect(settings).toContainEqual(['credential.helper', '']);
  expect(settings).toContainEqual([`http.${url}.followRedirects`, 'false']);
  expect(transportSettings('ssh://h/r', 'secret').flat().join()).not.toContain('secret');
});
