// @ts-check
const DECIDING = [
  'deploy/{attempt,begin,pointer,promote,require-proof,rollback,rollback-target,settle-phase,verdict}',
  'live/{freshness,schedule,verdict}',
  'once/{claim,claims,decide}',
  'once/replay/{change,verdict}',
  'proof/{outcome,overrides,parse-json}',
  'runner/{breaker,cap,clock,guard,meter,meter-money,slot,tick-settle,tick-start,watchdog}',
];

/** @type {Partial<import('@stryker-mutator/api/core').StrykerOptions>} */
export default {
  mutate: DECIDING.map((names) => `src/${names}.ts`),
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts' },
  // The wording of messages is not what decides.
  mutator: { excludedMutations: ['StringLiteral'] },
  // What runs while a module is loaded can only be tried by running every test for it: a fifth of the mutants, most of the time.
  ignoreStatic: true,
  // It would read it with a TypeScript that has an interface for programs; nothing here needs its paths rewritten.
  tsconfigFile: 'none',
  ignorePatterns: ['bench', 'dist', 'test/mutation/tools'],
  // On top of one and a half times what the tests take: a slow machine must not look like a slip that was noticed.
  timeoutMS: 30_000,
  reporters: ['progress-append-only', 'json'],
  jsonReporter: { fileName: 'build/mutation.json' },
  tempDirName: 'build/mutation',
  allowConsoleColors: false,
};
