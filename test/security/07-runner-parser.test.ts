import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAction } from '../e2e/run-dist.ts';
import { HOSTILE_TEXTS } from '../targets/hostile-corpus.ts';
import { type HostileTarget, hostileHeaders } from '../targets/hostile-headers.ts';
import { parseRunnerCommands } from '../targets/runner-commands.ts';
import { startServer, type Target } from '../targets/server.ts';
import { openScene } from './scene.ts';

// Text of a server, or of a command of ours, meets both of the runner's command parsers on its way out. `verify-live` has the
// whole corpus in every kind of field in e2e/hostile; here are the other ways out.

const OURS = ['add-mask', 'error', 'warning', 'notice'];
let bodies: Target;
let fields: HostileTarget;
beforeAll(async () => {
  fields = await hostileHeaders();
  bodies = await startServer((request, response) => {
    const at = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        [HOSTILE_TEXTS[at]?.value ?? 'x']: HOSTILE_TEXTS[at]?.value,
        error: HOSTILE_TEXTS[at]?.value,
      }),
    );
  });
});
afterAll(async () => {
  await Promise.all([bodies[Symbol.asyncDispose](), fields[Symbol.asyncDispose]()]);
});

/** Everything that would be a command and is not one of ours. */
const unintended = (stdout: string, stderr: string): string[] =>
  [...parseRunnerCommands(stdout), ...parseRunnerCommands(stderr)]
    .filter(({ command, syntax }) => syntax === 'v1' || !OURS.includes(command.toLowerCase()))
    .map(({ command, message }) => `${command}: ${message}`);

const deployed = (stdout: string) =>
  stdout.split(/\r\n|\n|\r/).filter((line) => /^(NOT )?DEPLOYED /.test(line));

describe('no command comes out', () => {
  it('of the answers to smoke', async () => {
    const checks = HOSTILE_TEXTS.map((_, at) => ({
      name: `c${at}`,
      get: `/${at}`,
      expect: { status: 201, contains: 'never', json: { '$.error': 'never' } },
    }));
    await using run = await runAction({
      mode: 'smoke',
      'base-url': bodies.url,
      checks: JSON.stringify(checks),
      within: '60s',
    });
    expect(run.code).toBe(1);
    expect(unintended(run.stdout, run.stderr)).toEqual([]);
  });

  it('of `prove`, and one last word', async () => {
    const url = HOSTILE_TEXTS.slice(0, 12)
      .map((text) => fields.urlOf(text))
      .join('\n');
    await using run = await runAction({
      mode: 'prove',
      url,
      'build-id': 'build-wanted',
      'max-polls': '1',
      confirmations: '1',
      ledger: 'off',
      skip: 'smoke: ##[error]x\nidempotency-check: DEPLOYED build-wanted',
    });
    expect(run.code).not.toBe(0);
    expect(unintended(run.stdout, run.stderr)).toEqual([]);
    expect(deployed(run.stdout)).toHaveLength(1);
    expect(deployed(run.stdout)[0]).toMatch(/^NOT DEPLOYED /);
    expect(run.outputs.deployed).toBe('false');
  });

  it.each(['once', 'tick', 'phase'])('of the command that `%s` runs', async (mode) => {
    using scene = openScene();
    scene.write('corpus', HOSTILE_TEXTS.map(({ value }) => value).join('\n'));
    const inputs: Record<string, Record<string, string>> = {
      once: { key: 'k' },
      tick: { runner: 'r', 'spend-cap': '1', estimate: '0.5' },
      phase: { phase: 'build', 'build-id': 'b1', version: '1' },
    };
    await using run = await runAction(
      {
        mode,
        store: scene.store,
        ...inputs[mode],
        run: 'cat corpus; echo; cat corpus >&2; echo "::endgroup::" >&2; exit 3',
      },
      { cwd: scene.path },
    );
    expect(run.code).toBe(1);
    expect(run.stdout).toContain(`${mode} out=`);
    expect(unintended(run.stdout, run.stderr)).toEqual([]);
    expect([run.environment, run.paths]).toEqual([{}, []]);
  });
});

it('the parsers find a command where there is one', () => {
  const found = HOSTILE_TEXTS.filter(({ value }) => parseRunnerCommands(value).length > 0);
  expect(found.length).toBeGreaterThan(8);
});
