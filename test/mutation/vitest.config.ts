import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The deciders' own tests: whether a whole program happens to trip over a slip is not asked.
    include: ['test/{deploy,live,once,proof,runner}/**/*.test.ts'],
    // Those that start processes, servers or a browser ask something else, and take a thousand times as long.
    exclude: ['**/*race*', '**/tick-{loop,run,stores}*', '**/status-page*', '**/replay/{list,wire}*'],
    // Nor does a second implementation in another language change with the first. And those that leave guards out of the
    // source's text themselves would not find it once it is instrumented.
    testNamePattern: '^(?!.*(guard is missing|without the guard|second implementation))',
    testTimeout: 60_000,
  },
});
