import { resolve } from 'node:path';
import { z } from 'zod';
import type { Located } from '../config/yaml.ts';
import { readStamp } from '../live/marker.ts';
import { childEnvironment } from '../ports/child-environment.ts';
import { conclude } from '../proof/proof.ts';
import type { SmokeContext } from '../smoke/context.ts';
import { proofChecks } from '../smoke/evidence.ts';
import { tryPage } from '../smoke/page.ts';
import type { PlannedCheck } from '../smoke/plan.ts';
import type { Tried } from '../smoke/result.ts';
import { type CheckResult, runChecks } from '../smoke/run-checks.ts';
import { createSandbox } from '../smoke/sandbox/sandbox.ts';
import { checksSchema } from '../smoke/spec/spec.ts';
import { isLocated } from './checks-input.ts';
import { commonInputs } from './common.ts';
import { startDeadline } from './deadline.ts';
import { buildId, duration, flag, integer, lines, oneUrl, shortDuration, text } from './kinds.ts';
import { defineMode, type Ports } from './mode.ts';
import { planChecks } from './smoke/plan.ts';

const DAY_MS = 86_400_000;

const names = (allowed: string) =>
  lines(allowed)
    .transform((list) =>
      list
        .flatMap((line) => line.split(','))
        .map((name) => name.trim())
        .filter(Boolean),
    )
    .meta({ allowed });

const input = z.strictObject({
  'base-url': oneUrl()
    .optional()
    .describe('What the paths in the checks are resolved against. Its origin may be on a private network.'),
  checks: z
    .union([z.string().trim().min(1), z.custom<Located>(isLocated)])
    .meta({
      allowed: 'the path of a YAML file with a list of checks, or the list itself',
      inFile: () => checksSchema,
    })
    .optional()
    .describe('The checks. Default: those in the config.'),
  page: text('a path or URL').optional().describe('A shortcut: this page answers 2xx …'),
  contains: lines().optional().describe('… and contains these texts, one per line.'),
  mcp: text('a path or URL').optional().describe('A shortcut: this MCP server answers …'),
  tools: names('names, one per line or split at commas').optional().describe('… and offers these tools.'),
  'build-id': buildId()
    .optional()
    .describe(
      'Every HTML response that carries a stamp has to carry this one. Available in checks as `{{build-id}}`.',
    ),
  only: names('names of checks, one per line or split at commas')
    .optional()
    .describe('Run only these checks (weaker: recorded in the proof).'),
  parallel: integer(1, 64).prefault('8').describe('How many checks run at the same time.'),
  within: duration(100, DAY_MS).prefault('2m').describe('The time limit for all checks, retries included.'),
  'allow-private': flag()
    .prefault(false)
    .describe(
      'Allow requests to private-network addresses that no input names. Link-local addresses are always refused.',
    ),
  'update-tools-lock': flag()
    .prefault(false)
    .describe(
      'Write the files that `tools-lock` names from what the servers offer now, instead of comparing.',
    ),
  ...commonInputs,
});

type Input = z.output<typeof input>;

export const mode = defineMode({
  name: 'smoke',
  summary: 'Runs a list of checks (pages, flows of requests, MCP servers) and requires all of them to hold.',
  input,
  section: 'smoke',
  keepsLines: ['checks'],
  outputs: {
    passed: 'How many checks passed',
    failed: 'How many checks were disproved',
  },
  check: async (given, ports) => void (await planChecks(given, ports)),
  run: smoke,
});

async function smoke(given: Input, ports: Ports) {
  const { clock, log } = ports;
  const startedAtMs = clock.now();
  const { checks, skippedByOnly } = await planChecks(given, ports);
  using deadline = startDeadline(given.within, 'checks');
  const signal = AbortSignal.any([ports.signal, deadline.signal]);
  await using sandbox = createSandbox(signal);
  await using renderer = checks.some(isRendered) ? await startRenderer(given, ports) : undefined;
  const context = { ...contextOf(given, ports, sandbox), render: renderer?.render };
  log.event({ start: checks.length, base: given['base-url']?.href, within: shortDuration(given.within) });

  const results = await runChecks(checks, {
    parallel: given.parallel,
    signal,
    clock,
    tryCheck: (check, signal) => tryCheck(check, given, context, ports, signal),
    onAttempt: (check, tried, attempt, elapsedMs) =>
      log.event({
        check: check.name,
        attempt,
        status: tried.status,
        elapsed: `${elapsedMs}ms`,
        why: tried.findings[0]?.title,
      }),
  });

  const count = (status: (result: CheckResult) => boolean) => results.filter(status).length;
  const passed = count((result) => result.kind === 'done' && isPassed(result.last));
  const failed = count((result) => result.kind === 'done' && result.last.status === 'fail');
  log.event({ passed, failed, of: checks.length });
  const { 'base-url': baseUrl, 'build-id': id } = given;
  return conclude({
    mode: 'smoke',
    startedAtMs,
    endedAtMs: clock.now(),
    subject: { ...(baseUrl ? { url: baseUrl.href } : {}), ...(id === undefined ? {} : { buildId: id }) },
    checks: proofChecks(results),
    result: { passed, failed },
    overrides: [
      ...(given['update-tools-lock'] ? ['update-tools-lock'] : []),
      ...(given.only ? [`only: ${given.only.join(', ')} (${skippedByOnly} not made)`] : []),
      ...results.flatMap((result) =>
        result.kind === 'skipped' ? [`skip: ${result.check.name}: ${result.why}`] : [],
      ),
    ],
  });
}

const isPassed = ({ status }: Tried): boolean => status === 'pass' || status === 'warn';

const isRendered = (check: PlannedCheck): boolean =>
  check.kind !== 'mcp' && check.steps.some(({ render }) => render);

/** The browser is found and started with the first page that needs it; its screenshots go to `out`. */
async function startRenderer({ out }: Input, { env, cwd }: Ports) {
  const { createRenderer } = await import('../smoke/render/renderer.ts');
  const childEnv = childEnvironment(env, { secrets: [env.SHIP_PROOF_KEY_SECRET], passed: [], added: {} });
  return createRenderer({ env, childEnv, out: out === undefined ? undefined : resolve(cwd, out) });
}

function contextOf(given: Input, ports: Ports, sandbox: SmokeContext['sandbox']): SmokeContext {
  const { 'base-url': baseUrl, 'build-id': id } = given;
  const named = [baseUrl?.href, given.page, given.mcp].flatMap((url) => {
    const parsed = url === undefined ? null : URL.parse(url);
    return parsed ? [parsed.origin] : [];
  });
  const { http, clock, secrets, userAgent } = ports;
  return {
    baseUrl,
    values: new Map(id === undefined ? [] : [['build-id', { json: id, secret: false, captured: false }]]),
    buildId: id,
    reachable: { origins: new Set(named), allowPrivate: given['allow-private'] },
    sandbox,
    http,
    clock,
    secrets,
    userAgent,
    readStamp,
  };
}

async function tryCheck(
  check: PlannedCheck,
  given: Input,
  context: SmokeContext,
  ports: Ports,
  signal: AbortSignal,
): Promise<Tried> {
  if (check.kind !== 'mcp') return tryPage(check, context, signal);
  const { tryMcp } = await import('./smoke/mcp.ts');
  return tryMcp(check, context, ports, signal, given['update-tools-lock']);
}
