/**
 * `npm run simulate -- --runs N --seed S [--longest L]`: tries N schedules, of up to L choices each.
 * `npm run simulate -- --seed S --path P [--longest L] --replay`: shows one as a timeline.
 */
import { parseArgs } from 'node:util';
import { searchPieces, type FoundInPiece } from './pieces.ts';
import { mostShrinks, play, searchSchedules } from './schedules.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    longest: { type: 'string', default: '1000' },
    path: { type: 'string' },
    replay: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
  },
});

const whole = (name: 'runs' | 'seed' | 'longest'): number => {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) {
    process.stderr.write(`--${name}: got "${values[name]}"; expected a whole number.\n`);
    process.exit(2);
  }
  return value;
};

const runs = whole('runs');
const seed = whole('seed');
const longest = whole('longest');
const shrinks = values['no-shrink'] ? 0 : mostShrinks;
/** Searched in pieces, so that a long search says how far it is. Fewer schedules are not worth another thread. */
const pieceSize = 5_000;

const explain = (found: FoundInPiece): void => {
  const lines = found.violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  process.stdout.write(
    `\n${lines.join('\n')}\n\nseed ${found.seed}, path ${found.path}. See it: npm run simulate -- --seed ${found.seed} --path ${found.path} --longest ${longest} --replay\n`,
  );
};

const simulate = async (): Promise<number> => {
  if (values.path !== undefined) {
    const found = await searchSchedules({ runs: 1, seed, path: values.path, shrinks: 0, longest });
    if (found === undefined) {
      process.stdout.write(`seed ${seed}, path ${values.path}: every promise is kept.\n`);
      return 0;
    }
    if (values.replay) {
      const { world } = await play(found.input, true);
      process.stdout.write(
        `${world.timeline.join('\n')}\n\nfaults: ${[...world.faults].join(' ') || 'none'}\n`,
      );
    }
    explain(found);
    return 1;
  }
  const startedAt = performance.now();
  const found =
    runs <= pieceSize
      ? await searchSchedules({ runs, seed, shrinks, longest })
      : await searchPieces({
          runs,
          seed,
          shrinks,
          longest,
          size: pieceSize,
          onDone: (tried) =>
            process.stderr.write(
              `${tried} of ${runs} schedules, ${Math.round((performance.now() - startedAt) / 1_000)} s\n`,
            ),
        });
  if (found !== undefined) {
    explain(found);
    return 1;
  }
  process.stdout.write(`${runs} schedules from seed ${seed}: every promise is kept.\n`);
  return 0;
};

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', () => process.exit(1));
process.exitCode = await simulate();
