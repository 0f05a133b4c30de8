// Plain JavaScript that any Node reads: the sum of the reports in a folder, as the last line of .ci/run.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '.';

const report = (name) => {
  const file = join(folder, name);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** Vitest's JSON: files that did not even load have no tests, and count as one failure each. */
const ofVitest = ({ numPassedTests, numTotalTests, testResults }) => ({
  passed: numPassedTests,
  failed:
    numTotalTests -
    numPassedTests +
    testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
      .length,
});

const ofMutants = ({ passed, failed, skipped }) => ({ passed, failed: failed + skipped });

/** Steps whose runner counts for itself: its own report is the sum, and its exit code has to agree with it. */
const counted = {
  test: ['vitest.json', ofVitest],
  integration: ['integration.json', ofVitest],
  browser: ['browser.json', ofVitest],
  live: ['live.json', ofVitest],
  new: ['new.json', ofVitest],
  mutants: ['mutants.json', ofMutants],
};

const sumOf = (name, code) => {
  const [file, count] = counted[name] ?? [];
  if (file === undefined) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const written = report(file);
  if (written === undefined) return { passed: 0, failed: 1, note: 'left no report' };
  const sum = count(written);
  if (!Number.isInteger(sum.passed) || !Number.isInteger(sum.failed) || sum.passed + sum.failed === 0)
    return { passed: 0, failed: 1, note: 'left a report without tests' };
  if (code !== 0 && sum.failed === 0) return { ...sum, failed: 1, note: `ended with exit code ${code}` };
  return sum;
};

const steps = readFileSync(join(folder, 'steps'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.split(' '))
  .map(([name, code]) => ({ name, ...sumOf(name, Number(code)) }));

for (const { name, passed, failed, note } of steps)
  console.log(
    `${name.padEnd(10)} ${passed} passed, ${failed} failed${note === undefined ? '' : ` (${note})`}`,
  );
const total = (of) => steps.reduce((sum, step) => sum + step[of], 0);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') === 0 && steps.length > 0 ? 0 : 1;
