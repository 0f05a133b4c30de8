import { defineConfig } from 'vitest/config';

/** `npm run test:new`: every pipeline that `freshet new` can make, and the tutorial, each in a copy of the project. */
export default defineConfig({
  test: {
    include: ['test/new/**/*.test.ts'],
    pool: 'forks',
    // Whole tool runs: one after the other, they have the machine to themselves.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    allowOnly: false,
    passWithNoTests: false,
  },
});
