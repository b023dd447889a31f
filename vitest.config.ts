import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more workers make the timing-sensitive end-to-end tests slower, not faster.
    maxWorkers: 2,
    globalSetup: ['test/global-setup.ts'],
  },
});
