import { defineConfig } from 'vitest/config';

/**
 * `npm run test:live`: what is seen of a local run while it runs, from real processes: its page, its controls, watching, debugging,
 * several side by side; and every command of README and docs.
 */
export default defineConfig({
  test: {
    include: ['test/live/**/*.test.ts', 'functions/*/test/readme.test.ts', 'functions/*/test/*.live.test.ts'],
    pool: 'forks',
    // As with npm test: processes, and two of them.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    allowOnly: false,
    passWithNoTests: false,
  },
});
