/**
 * `npm run simulate -- --runs N --seed S`: tries N schedules.
 * `npm run simulate -- --seed S --path P --replay`: shows one as a timeline.
 */
import { parseArgs } from 'node:util';
import { mostShrinks, play, searchSchedules, type FoundTape } from './schedules.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    path: { type: 'string' },
    replay: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
  },
});

const whole = (name: 'runs' | 'seed'): number => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) {
    process.stderr.write(`--${name}: got "${values[name]}"; expected a whole number.\n`);
    process.exit(2);
  }
  return value;
};

const runs = whole('runs');
const seed = whole('seed');
/** Searched in pieces, so that a long search says how far it is. */
const pieceSize = 5_000;

const explain = async (found: FoundTape): Promise<void> => {
  if (values.replay) {
    const { world } = await play(found.input, true);
    process.stdout.write(
      `${world.timeline.join('\n')}\n\nfaults: ${[...world.faults].join(' ') || 'none'}\n`,
    );
  }
  const lines = found.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  process.stdout.write(
    `\n${lines.join('\n')}\n\nseed ${found.seed}, path ${found.path}. See it: npm run simulate -- --seed ${found.seed} --path ${found.path} --replay\n`,
  );
};

const simulate = async (): Promise<number> => {
  if (values.path !== undefined) {
    const found = await searchSchedules({ runs: 1, seed, path: values.path, shrinks: 0 });
    if (found === undefined) {
      process.stdout.write(`seed ${seed}, path ${values.path}: every promise is kept.\n`);
      return 0;
    }
    await explain(found);
    return 1;
  }
  const startedAt = performance.now();
  for (let done = 0; done < runs; done += pieceSize) {
    const count = Math.min(pieceSize, runs - done);
    const found = await searchSchedules({
      runs: count,
      seed: seed + done,
      shrinks: values['no-shrink'] ? 0 : mostShrinks,
    });
    if (found !== undefined) {
      await explain(found);
      return 1;
    }
    process.stderr.write(
      `${done + count} of ${runs} schedules, ${Math.round((performance.now() - startedAt) / 1_000)} s\n`,
    );
  }
  process.stdout.write(`${runs} schedules from seed ${seed}: every promise is kept.\n`);
  return 0;
};

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', () => process.exit(1));
process.exitCode = await simulate();
