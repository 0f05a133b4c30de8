/**
 * `npm run simulate -- --runs N --seed S [--longest L]`: tries N schedules, of up to L choices each.
 * `npm run simulate -- --seed S --path P [--longest L] --replay`: shows one that breaks a promise as a timeline.
 */
import { simulate } from './command.ts';

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', () => process.exit(1));
process.exitCode = await simulate(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
