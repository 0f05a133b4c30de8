import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Start processes of their own, or take a core for a minute. */
const whole = ['test/simulation/**', 'test/e2e/**', 'functions/*/test/*.e2e.test.ts'];

/** The longest begin first, and the many short ones fill the cores to the end. Vitest sorts by the names of projects. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      if (moduleId.includes('/test/simulation/')) return 0;
      if (project.name === 'whole') return 1;
      return moduleId.includes('/test/template/') ? 2 : 3;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- a sequencer's, which leaves the files as they are
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    // Processes, not threads: stages under test start worker threads of their own, and a worker that is killed must take nobody along.
    pool: 'forks',
    // Two for the cores, one for what waits, and the simulation, which takes what the others leave.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // For processes that tests start on sources as they are: to strip the types of a few modules anew takes each 0.1 s.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') },
    // A test that is skipped or left alone proves nothing; `.only` would leave the others out.
    allowOnly: false,
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'whole',
          include: whole.map((files) => files.replace(/\*\*$/, '**/*.test.ts')),
          // MB, room for the short-lived objects of many schedules: a tenth less CPU than with what V8 begins with.
          execArgv: ['--min-semi-space-size=64', '--max-semi-space-size=64'],
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts', 'functions/*/test/**/*.test.ts', 'templates/*/test/**/*.test.ts'],
          // What needs a broker and a table, or a browser, or takes minutes, is run by name, never by accident.
          exclude: [
            '**/node_modules/**',
            'test/integration/**',
            'test/browser/**',
            'test/new/**',
            'test/live/**',
            'functions/*/test/readme.test.ts',
            'functions/*/test/*.live.test.ts',
            ...whole,
          ],
          // Modules are loaded once for all files: loading them for each takes as long as the tests.
          isolate: false,
          typecheck: {
            enabled: true,
            include: ['test/types/**/*.test-d.ts', 'functions/*/test/**/*.test-d.ts'],
            tsconfig: './test/types/tsconfig.json',
            // The typecheck step of verify answers for the rest.
            ignoreSourceErrors: true,
          },
        },
      },
    ],
    // Patience with a busy machine, on which a test that bundles a pipeline takes long; nothing asserts a time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
