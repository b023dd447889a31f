import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Cron } from 'croner';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { schedule } from '../actions-runner/events.ts';
import { ownAction } from '../actions-runner/own-action.ts';
import { RESTRICTED } from '../actions-runner/permissions.ts';
import { loadCalled, startProblems } from '../actions-runner/reusable.ts';
import type { RunOptions } from '../actions-runner/run-workflow.ts';
import { problemsOf, readWorkflow } from '../actions-runner/workflow-file.ts';
import { DIST } from '../e2e/run-dist.ts';
import { addCommand } from '../targets/platform-command.ts';
import { requireOrSkip } from '../targets/requirements.ts';
import { makePlace, type Place } from './deploy-place.ts';
import { actionlint, shellcheck } from './linters.ts';
import { parsePlist } from './plist.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/examples');
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const WORKFLOWS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yml') && name !== 'gitlab-ci.yml')
  .map((name) => ({ name, text: read(name) }));
const ELSEWHERE = ['crontab', 'digest.service', 'digest.timer', 'com.example.digest.plist', 'gitlab-ci.yml'];

describe('an example of a workflow', () => {
  it.each(WORKFLOWS)(
    '$name is accepted by the official parser and actionlint, and would start',
    async (own) => {
      const { name, text } = own;
      expect(await problemsOf(name, text)).toEqual([]);
      expect(await actionlint({ path: name, text })).toEqual([]);
      const file = await readWorkflow(name, text);
      const source = { repository: 'octo-org/octo-repo', path: name, sha: '', isAction: false };
      const nothing = { git: () => '' };
      const load = async ({ uses }: { readonly uses?: string }, from: typeof source) =>
        uses === undefined ? undefined : loadCalled(uses, from, ownAction(), nothing);
      expect(await startProblems({ file, source }, RESTRICTED, load)).toEqual([]);
    },
  );

  it.for(WORKFLOWS)('$name: shellcheck accepts its scripts', async ({ name, text }, ctx) => {
    const missing = requireOrSkip(['shellcheck']);
    if (missing) ctx.skip(missing);
    const { definition } = await readWorkflow(name, text);
    const scripts = Object.values(definition.jobs).flatMap(({ with: given = {}, steps = [] }) => [
      ...['build', 'publish', 'promote', 'rollback', 'run'].flatMap((key) => given[key] ?? []),
      ...steps.flatMap(({ run, with: own }) => run ?? own?.run ?? []),
    ]);
    expect(scripts.length + (name === 'rollback.yml' ? 0 : 1)).toBeGreaterThan(0);
    // Variables come from the secrets and from the phase.
    expect(scripts.flatMap((script) => shellcheck(`set -e\n${script}\n`))).toEqual([]);
  });

  it('is there for each of the platforms, and all files are known', () => {
    expect(
      readdirSync(FOLDER)
        .filter((name) => !WORKFLOWS.some((own) => own.name === name))
        .sort(),
    ).toEqual([...ELSEWHERE].sort());
    expect(WORKFLOWS.map(({ name }) => name)).toEqual([
      'agent-cron.yml',
      'cloudflare-pages.yml',
      'container-ssh.yml',
      'fly.yml',
      'github-pages.yml',
      'netlify.yml',
      'rollback.yml',
      'vercel.yml',
    ]);
  });
});

let place: Place | undefined;
let folder: string | undefined;
afterEach(async () => {
  await place?.[Symbol.asyncDispose]();
  place = undefined;
  if (folder) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

/** Secrets by the names that a workflow asks for, each with a value of its own. */
const secretsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/secrets\.(\w+)/g)].map(([, name = '']) => [
      name,
      name.endsWith('BASE64') ? Buffer.from(`key ${name}`).toString('base64') : `value-of-${name}`,
    ]),
  );

/** An example as it stands, but for where the site is. */
const run = (own: Place, name: string, options: Partial<RunOptions> = {}) => {
  const text = read(name).replaceAll('https://app.example.com', own.platform.url);
  return own.run(text, { secrets: secretsOf(text), actions: pagesActions(own), ...options });
};

/** GitHub Pages: what is uploaded under a name goes live when it is deployed. */
function pagesActions(own: Place): NonNullable<RunOptions['actions']> {
  const uploaded = new Map<string, string>();
  const platform = (...args: string[]) =>
    execFileSync(join(own.platform.bin, 'platform'), args, { encoding: 'utf8' }).trim();
  return {
    'actions/upload-pages-artifact': async ({ inputs, workspace }) => {
      const id = existsSync(join(workspace, inputs.path ?? '', 'build-id.txt'))
        ? platform('publish', join(workspace, inputs.path ?? ''))
        : '';
      uploaded.set(inputs.name ?? 'github-pages', id);
    },
    'actions/deploy-pages': async ({ inputs }) => {
      const id = uploaded.get(inputs.artifact_name ?? 'github-pages');
      if (id === undefined) throw new Error('there is no such artifact');
      if (id !== '') platform('promote', id);
      return { page_url: own.platform.url };
    },
  };
}

const DEPLOYS = ['vercel', 'netlify', 'cloudflare-pages', 'container-ssh', 'fly', 'github-pages'] as const;
const sampled = process.env.SHIP_PROOF_RELIABILITY ? DEPLOYS : (['vercel'] as const);

// The harness can't cancel anything on Windows, and the commands are scripts for a POSIX shell.
describe.skipIf(process.platform === 'win32')('an example that runs', { timeout: 240_000 }, () => {
  it.each(sampled)('%s deploys, and says so', async (name) => {
    place = await makePlace();
    const ran = await run(place, `${name}.yml`);
    expect(ran.result, ran.logs).toBe('success');
    expect(ran.logs).toMatch(/^DEPLOYED build-\d+-[0-9a-f]{12} waived=idempotency-check$/m);
    expect(place.platform.live()).toBeDefined();
    for (const value of Object.values(secretsOf(read(`${name}.yml`)))) expect(ran.logs).not.toContain(value);
  });

  it('agent-cron runs a tick within its cap, and its page is made', async () => {
    const config = [...read('agent-cron.yml').matchAll(/^# {3}(runners:| {2}digest:.*)$/gm)].map(
      ([, line]) => line,
    );
    expect(config).toHaveLength(2);
    place = await makePlace({
      'ship-proof.yml': `version: 1\n${config.join('\n')}\n`,
      'agent/digest.md': 'digest',
    });
    const ran = await run(place, 'agent-cron.yml', { event: schedule(place.repository, '17 */4 * * *') });
    expect(ran.result, ran.logs).toBe('success');
    expect(ran.outputs.digest).toMatchObject({ state: 'passed', 'usd-in': '0.31' });
    expect(ran.jobs.pages?.result).toBe('success');
    // What went wrong is shown too.
    folder = mkdtempSync(join(tmpdir(), 'ship-proof-failing-'));
    writeFileSync(join(folder, 'npx'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const failed = await run(place, 'agent-cron.yml', {
      event: schedule(place.repository, '17 */4 * * *'),
      runId: ran.id,
      attempt: 2,
      commands: [folder, place.platform.bin],
    });
    expect(failed.jobs['digest / tick']?.result, failed.logs).toBe('failure');
    expect(failed.jobs.pages?.result, failed.logs).toBe('success');
    if (!process.env.SHIP_PROOF_RELIABILITY) return;
    const watched = await run(place, 'agent-cron.yml', { event: schedule(place.repository, '43 6 * * *') });
    expect(watched.jobs['digest / watchdog']?.result, watched.logs).toBe('success');
    expect(watched.jobs['digest / tick']?.result).toBe('skipped');
    const off = await run(place, 'agent-cron.yml', {
      event: schedule(place.repository, '17 */4 * * *'),
      vars: { SHIP_PROOF_KILL: '1' },
    });
    expect(off.outputs.digest).toMatchObject({ 'halted-by': 'kill-environment' });
  });
});

const execute = promisify(execFile);

/** A host as the examples have it, in a folder: their absolute paths are looked for in there. */
interface Host {
  readonly at: string;
  sh(command: string, env?: Readonly<Record<string, string>>): Promise<string>;
}

function host(): Host {
  const at = mkdtempSync(join(tmpdir(), 'ship-proof-host-'));
  folder = at;
  for (const path of ['bin', 'srv/digest', 'var/lib/digest', 'etc/digest', 'Users/Shared/digest'])
    mkdirSync(join(at, path), { recursive: true });
  addCommand(join(at, 'bin'), 'ship-proof', `exec '${process.execPath}' '${DIST}' "$@"`, at);
  for (const path of ['srv/digest', 'Users/Shared/digest'])
    addCommand(join(at, path), 'agent.sh', `echo '{"usd_in":0.1}' >>"$SHIP_PROOF_REPORT"`, at);
  const ledgers = ['var/lib/digest/ledger.git', 'Users/Shared/digest/ledger.git'];
  for (const path of ledgers) execFileSync('git', ['init', '--quiet', '--bare', join(at, path)]);
  const env = { PATH: `${join(at, 'bin')}:${process.env.PATH}`, HOME: at };
  return {
    at,
    // Not at once: the site that it asks is served by this very process.
    sh: async (command, added = {}) => {
      const ran = await execute('/bin/bash', ['-c', moved(command, at)], { env: { ...env, ...added } });
      return ran.stdout;
    },
  };
}
const moved = (text: string, at: string): string =>
  text.replaceAll('/opt/homebrew/bin/', '').replaceAll(/(?<![\w.~/])\/(srv|var|etc|Users)\//g, `${at}/$1/`);

describe.skipIf(process.platform === 'win32')('an example without GitHub', { timeout: 240_000 }, () => {
  it('crontab: each line is one that cron takes, and does what it says', async () => {
    const { sh } = host();
    const lines = read('crontab')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const jobs = lines.filter((line) => !/^[A-Z]+=/.test(line));
    expect(jobs).toHaveLength(2);
    for (const line of jobs) {
      const [, fields = '', command = ''] = /^((?:\S+ ){5})(.+)$/.exec(line) ?? [];
      expect(new Cron(fields.trim(), { paused: true }).nextRun(), fields).toBeInstanceOf(Date);
      // A bare % ends the command there.
      expect(command).not.toMatch(/(?<!\\)%/);
      if (command.includes('ship-proof tick')) expect(await sh(command)).toContain('tick outcome=passed');
      else expect(await sh(command)).toContain('status outcome=passed');
    }
  });

  it('systemd: the units are ones that it takes, and start a tick', async (ctx) => {
    const { sh, at } = host();
    const [, command = ''] = /^ExecStart=\/usr\/bin\/env (.+)$/m.exec(read('digest.service')) ?? [];
    expect(await sh(`cd /srv/digest && ${command}`)).toContain('tick outcome=passed');
    const missing = requireOrSkip(['systemd-analyze']);
    if (missing) ctx.skip(missing);
    for (const name of ['digest.service', 'digest.timer']) writeFileSync(join(at, name), read(name));
    const said = execFileSync(
      '/bin/bash',
      ['-c', `systemd-analyze verify ${at}/digest.service ${at}/digest.timer 2>&1; true`],
      {
        encoding: 'utf8',
      },
    );
    expect(said.split('\n').filter((line) => line.includes('digest.'))).toEqual([]);
  });

  it('launchd: the property list is one, and starts a tick', async () => {
    const { sh } = host();
    const list = parsePlist(read('com.example.digest.plist')) as {
      ProgramArguments: string[];
      StartCalendarInterval: { Hour: number; Minute: number }[];
      WorkingDirectory: string;
    };
    expect(list.StartCalendarInterval).toEqual([
      { Hour: 6, Minute: 17 },
      { Hour: 18, Minute: 17 },
    ]);
    const command = list.ProgramArguments.map((word) => `'${word}'`).join(' ');
    expect(await sh(`cd ${list.WorkingDirectory}/ && ${command}`)).toContain('tick outcome=passed');
  });

  it('GitLab: the jobs deploy, one after the other', async () => {
    place = await makePlace();
    const { at, sh } = host();
    const file = parse(read('gitlab-ci.yml')) as Record<string, { script: string[] }> & {
      stages: string[];
      variables: Record<string, string | number>;
    };
    execFileSync('git', ['clone', '--quiet', place.repository.path, join(at, 'work')]);
    mkdirSync(join(at, 'work/scripts'));
    addCommand(
      join(at, 'work/scripts'),
      'publish.sh',
      'echo "artifact-id=$(platform publish "$1")" >>"$SHIP_PROOF_OUTPUT"',
      at,
    );
    addCommand(join(at, 'work/scripts'), 'promote.sh', 'platform promote "$SHIP_PROOF_ARTIFACT_ID"', at);
    const given = {
      CI_PROJECT_URL: `file:${place.repository.path.replace(/\.git$/, '')}`,
      LEDGER_TOKEN: 'glpat-x',
    };
    const variables = Object.fromEntries(
      Object.entries(file.variables).map(([name, value]) => [
        name,
        String(value).replace(/\$(CI_PROJECT_URL|LEDGER_TOKEN)/, (_, key: keyof typeof given) => given[key]),
      ]),
    );
    let said = '';
    for (const stage of file.stages) {
      const script = (file[stage]?.script ?? [])
        .join('\n')
        .replaceAll('https://app.example.com', place.platform.url);
      const dotenv = stage === 'build' ? '' : 'set -a; . ./build.env; set +a\n';
      said += await sh(`set -eo pipefail; cd '${join(at, 'work')}'\n${dotenv}${script}`, {
        ...variables,
        PATH: `${join(at, 'bin')}:${place.platform.bin}:${process.env.PATH}`,
      });
    }
    expect(said).toMatch(/^DEPLOYED build-/m);
  });
});
