import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whose sessions last a second or two: whoever is kept from the processor for so long is taken for dead. The longest first. */
const ofShortSessions = ['membership', 'contract', 'authentication-sessions'].map(
  (name) => `/kafka/${name}.test.ts`,
);

/**
 * The faults, which take as long as all others together, begin. Beside them come first the files that share the broker of the
 * global setup, mostly one after the other, then those that start one of their own, and last those that mind a busy machine.
 */
class FaultsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      if (moduleId.includes('/integration/faults/')) return 0;
      const late = ofShortSessions.findIndex((name) => moduleId.endsWith(name));
      if (late !== -1) return 3 + late;
      return readFileSync(moduleId, 'utf8').includes("inject('kafka')") ? 1 : 2;
    };
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts'],
    globalSetup: 'test/integration/global-setup.ts',
    pool: 'forks',
    // Those that start processes wait for them half of their time.
    maxWorkers: 3,
    sequence: { sequencer: FaultsFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    allowOnly: false,
    passWithNoTests: false,
  },
});
