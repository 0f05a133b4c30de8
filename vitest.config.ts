import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'functions/*/test/**/*.test.ts'],
    // Needs a broker and a table: run by name, never by accident.
    exclude: ['**/node_modules/**', 'test/integration/**'],
    // Processes, not threads: stages under test start worker threads of their own, and a worker that is killed must take nobody along.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A test that is skipped or left alone proves nothing; `.only` would leave the others out.
    allowOnly: false,
    passWithNoTests: false,
    typecheck: {
      enabled: true,
      include: ['test/types/**/*.test-d.ts', 'functions/*/test/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
      // The typecheck step of verify answers for the rest.
      ignoreSourceErrors: true,
    },
  },
});
