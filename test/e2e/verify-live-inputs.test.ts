import { describe, expect, it } from 'vitest';
import { origin } from '../targets/origin.ts';
import { FRONTS, type Inputs, NEW, verifyLive } from './prove.ts';
import { runCli } from './run-dist.ts';

interface Wrong {
  readonly name: string;
  readonly inputs: Inputs;
  /** Texts that the message has to have: the input, what was given, what is allowed. */
  readonly says: readonly string[];
}

const BASELINE = (url: string) =>
  JSON.stringify({
    schemaVersion: 1,
    at: '2026-05-05T12:00:00.000Z',
    urls: [{ url, status: 200, etag: '"a"', buildId: null }],
  });

const WRONG: readonly Wrong[] = [
  { name: 'a typo in a name', inputs: { withn: '5s' }, says: ['withn', 'did you mean `within`'] },
  { name: 'a name of another mode', inputs: { placeholder: 'x' }, says: ['placeholder', 'verify-live'] },
  { name: 'a duration without a unit', inputs: { within: '120' }, says: ['within', '120', '20m'] },
  { name: 'a duration that is too long', inputs: { within: '30d' }, says: ['within', '30d', 'to 1d'] },
  {
    name: 'a duration too short for the confirmations',
    inputs: { within: '400ms' },
    says: ['within', '400ms', 'confirmations'],
  },
  { name: 'no polls', inputs: { 'max-polls': '0' }, says: ['max-polls', '0', 'from 1 to'] },
  {
    name: 'fewer polls than confirmations',
    inputs: { 'max-polls': '1' },
    says: ['max-polls', '1', 'confirmations'],
  },
  {
    name: 'half a confirmation',
    inputs: { confirmations: '1.5' },
    says: ['confirmations', '1.5', 'whole number'],
  },
  { name: 'a choice that there is not', inputs: { edges: 'some' }, says: ['edges', 'some', 'all, one'] },
  {
    name: 'a flag that is not one',
    inputs: { 'fail-fast': 'maybe' },
    says: ['fail-fast', 'maybe', 'true or false'],
  },
  {
    name: 'a place that there is not',
    inputs: { where: 'xpath:/a' },
    says: ['where', 'xpath:/a', 'json:PATH'],
  },
  { name: 'a path that is no JSONPath', inputs: { where: 'json:$[' }, says: ['where', '$[', 'JSONPath'] },
  { name: 'an id with a blank', inputs: { 'build-id': 'a b' }, says: ['build-id', 'a b', 'letters, digits'] },
  { name: 'an id that begins with a hyphen', inputs: { 'build-id': '-x' }, says: ['build-id', '-x'] },
  {
    name: 'a URL of another scheme',
    inputs: { url: 'ftp://127.0.0.1/' },
    says: ['url', 'ftp:', 'http or https'],
  },
  {
    name: 'a URL with a password',
    inputs: { url: 'http://user:hunter2@127.0.0.1/' },
    says: ['url', 'header'],
  },
  { name: 'a header without a colon', inputs: { headers: 'x-key value' }, says: ['headers', 'name: value'] },
  { name: 'a baseline that is none', inputs: { baseline: '{"urls":[]}' }, says: ['baseline', 'stamp'] },
  {
    name: 'a baseline that is not there',
    inputs: { baseline: 'missing.json' },
    says: ['baseline', 'missing.json'],
  },
  {
    name: 'a required change without a baseline',
    inputs: { 'require-etag-change': 'true' },
    says: ['require-etag-change', 'baseline'],
  },
  { name: 'a config file that is not there', inputs: { config: 'missing.yml' }, says: ['missing.yml'] },
];

describe.each(FRONTS)('invalid input (%s)', (front) => {
  it.concurrent.each(WRONG)('$name: exit 2, said in full, and nothing was sent', async ({ inputs, says }) => {
    await using site = await origin();
    site.deploy(NEW);
    const run = await verifyLive(front, site.url, inputs);
    expect(run.code).toBe(2);
    expect(run.proof).toBeUndefined();
    for (const text of says) expect(run.stdout).toContain(text);
    expect(run.stdout).not.toContain('hunter2');
    expect(site.requests).toEqual([]);
  });
});

it('names everything that is wrong at once', async () => {
  const run = await runCli(['verify-live', '--within', 'soon', '--edges', 'none', '--out', 'x']);
  expect(run.code).toBe(2);
  for (const name of ['url', 'build-id', 'within', 'edges']) expect(run.stdout).toContain(`input:${name}`);
});

it('takes empty inputs of the action for ones that were not given', async () => {
  await using site = await origin();
  site.deploy(NEW);
  const empty = { within: '', baseline: '', headers: ' ', 'max-polls': '', config: '' };
  expect((await verifyLive('action', site.url, empty)).code).toBe(0);
});

it('takes inputs from the environment, below those of the front', async () => {
  await using site = await origin();
  site.deploy(NEW);
  const env = {
    SHIP_PROOF_INPUT_URL: site.url,
    SHIP_PROOF_INPUT_BUILD_ID: 'build-x',
    SHIP_PROOF_INPUT_DIR: 'not-its-own',
  };
  const run = await runCli(['verify-live', '--build-id', NEW], { env });
  expect(run.code).toBe(0);
});

it('needs a whole baseline where a change of the ETag is required', async () => {
  await using site = await origin();
  site.deploy(NEW);
  const inputs = { 'require-etag-change': 'true', baseline: BASELINE(`${site.url}/`) };
  expect((await verifyLive('command line', site.url, inputs)).outputs.verdict).toBe('live');
  const other = await verifyLive('command line', `${site.url}/other`, inputs);
  expect(other.code).toBe(2);
  expect(other.stdout).toContain('/other');
});
