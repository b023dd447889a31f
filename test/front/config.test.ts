// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigPorts, configInputs, readConfig } from '../../src/front/config.ts';
import { createRedactor } from '../../src/proof/redact.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ship-proof-config-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const inputsAt = async (section: readonly string[], path?: string, more: Partial<ConfigPorts> = {}) => {
  const config = await readConfig(path, { cwd, trusted: true, ...more });
  const variables = { env: { TOKEN: 'hunter22' }, secrets: createRedactor(), trusted: config.trusted };
  return configInputs(config, section, variables);
};

const read = (path?: string, section: string | undefined = 'live', trusted = true) =>
  inputsAt([section], path, { trusted });

/** Reads this text as ship-proof.yml. */
const readText = async (text: string | Uint8Array, section?: string) => {
  await writeFile(join(cwd, 'ship-proof.yml'), text);
  return read(undefined, section);
};

describe('configInputs', () => {
  it('needs no file', async () => {
    expect(await read()).toEqual([]);
  });

  it.each(['ship-proof.yml', '.github/ship-proof.yml'])('finds %s', async (path) => {
    await mkdir(join(cwd, '.github'));
    await writeFile(join(cwd, path), 'live: {within: 5m}\n');
    expect(await read()).toMatchObject([{ name: 'within', value: '5m', source: `${path}:1` }]);
  });

  it('reads the file that was named, and no other', async () => {
    await writeFile(join(cwd, 'ship-proof.yml'), 'live: {within: 5m}\n');
    await writeFile(join(cwd, 'other.yml'), 'live: {within: 6m}\n');
    expect(await read('other.yml')).toMatchObject([{ value: '6m' }]);
    await expect(read('missing.yml')).rejects.toMatchObject({
      code: 'config-unreadable',
      message: expect.stringMatching(/missing\.yml can't be read: ENOENT$/),
    });
    await expect(read('.')).rejects.toMatchObject({ code: 'config-unreadable' });
  });

  it('gives the inputs of one section with their lines, secrets marked', async () => {
    const text =
      'version: 1\nstamp:\n  dir: ${MISSING}\nlive:\n  url:\n    - https://a\n    - https://b\n  headers: { x: "${secret:TOKEN}" }\n';
    expect(await readText(text)).toEqual([
      {
        name: 'url',
        value: ['https://a', 'https://b'],
        source: 'ship-proof.yml:5',
        at: { file: 'ship-proof.yml', line: 5 },
        secret: false,
      },
      {
        name: 'headers',
        value: { x: 'hunter22' },
        source: 'ship-proof.yml:8',
        at: { file: 'ship-proof.yml', line: 8 },
        secret: true,
      },
    ]);
  });

  it.each(['', '# nothing\n', 'live:\n', 'stamp: {dir: x}\n', 'version: 1\n', '\ufeffversion: 1\r\n'])(
    'has nothing to give in %j',
    async (text) => {
      expect(await readText(text)).toEqual([]);
    },
  );

  it('gives the inputs of a map inside of a section, and nothing of its neighbours', async () => {
    await writeFile(
      join(cwd, 'ship-proof.yml'),
      'deploy:\n  production: {stale-after: 20m}\n  staging: {stale-after: 1m}\n',
    );
    const inputs = (...path: string[]) => inputsAt(path);
    expect(await inputs('deploy', 'production')).toMatchObject([{ name: 'stale-after', value: '20m' }]);
    expect(await inputs('deploy', 'preview')).toEqual([]);
    await writeFile(join(cwd, 'ship-proof.yml'), 'deploy: {production: soon}\n');
    await expect(inputs('deploy', 'production')).rejects.toMatchObject({ code: 'config-section' });
  });

  it('looks into no section for a mode that has none', async () => {
    await writeFile(join(cwd, 'ship-proof.yml'), 'live: {within: 5m}\n');
    expect(await inputsAt([])).toEqual([]);
  });

  it.each<[string, string, number]>([
    ['- a\n', 'the config must be a map', 1],
    ['# x\nlive: 5m\n', '`live` must be a map of inputs', 2],
    ['version: 1\nlivve:\n  within: 5m\n', 'unknown section `livve` (did you mean `live`?)', 2],
    ['live: {}\nversion: 2\n', '`version` must be 1', 2],
    ['version: "1"\n', '`version` must be 1', 1],
    ['live: {}\npolicy:\n  stores: x\n', '`policy` has no `stores`', 3],
    ['live:\n  within: ${MISSING}\n', '`MISSING` is not set', 2],
  ])('refuses %j, naming the line', async (text, message, line) => {
    await expect(readText(text)).rejects.toMatchObject({
      outcome: 'invalid',
      at: { file: 'ship-proof.yml', line },
      message: expect.stringContaining(message),
    });
  });

  it('refuses what is too large, or no UTF-8', async () => {
    await expect(readText(`#${'x'.repeat(256 * 1024)}`)).rejects.toThrow('larger than 262144 bytes');
    await expect(readText(Uint8Array.of(0x61, 0xff))).rejects.toMatchObject({ code: 'config-unreadable' });
  });

  it.skipIf(process.platform === 'win32')('ends on a file without an end', async () => {
    await expect(read('/dev/zero')).rejects.toThrow('larger than');
  });
});
