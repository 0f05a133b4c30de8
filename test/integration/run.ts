import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { messageOf } from '../../lib/core/errors.ts';
import { kafkaJars } from '../services/kafka-jars.ts';

/** `npm run test:integration`: what is missing is said in one line, before any test could fail for it. */
const run = async (): Promise<number> => {
  if (process.env['FRESHET_SKIP_INTEGRATION'] === '1') {
    process.stdout.write('FRESHET_SKIP_INTEGRATION=1: no integration test was run.\n');
    return 0;
  }
  try {
    kafkaJars();
  } catch (thrown) {
    process.stderr.write(
      `${messageOf(thrown)} (FRESHET_SKIP_INTEGRATION=1 leaves the integration tests out.)\n`,
    );
    return 1;
  }
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const args = [vitest, 'run', '--config', 'vitest.integration.config.ts', ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  await once(child, 'exit');
  return child.exitCode ?? 1;
};

process.exitCode = await run();
