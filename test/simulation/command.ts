import { inspect, parseArgs } from 'node:util';
import { tell } from '../../lib/testing/simulation/scenario.ts';
import { searchPieces, type FoundInPiece } from './pieces.ts';
import { mostShrinks, ownPipeline, searchSchedules, type Simulation } from './schedules.ts';

interface Output {
  /** What was found. */
  readonly out: (text: string) => void;
  /** How far a search is, and what is wrong with the options. */
  readonly err: (text: string) => void;
}

/** Searched in pieces, so that a long search says how far it is. Fewer schedules are not worth another thread. */
const pieceSize = 5_000;

/** What broke, and how to see it. */
const explained = ({ seed, path, violations }: FoundInPiece, longest: number): string => {
  const lines = violations.map(({ invariant, what }) => `${invariant}: ${what}`);
  return `\n${lines.join('\n')}\n\nseed ${seed}, path ${path}. See it: npm run simulate -- --seed ${seed} --path ${path} --longest ${longest} --replay\n`;
};

/** One schedule as a timeline; where it throws, as far as it came, and what it threw. */
const replayed = async ({ domain }: Simulation, tape: readonly number[]): Promise<string> => {
  const { world, thrown } = await tell(domain, tape);
  return [
    ...world.timeline,
    '',
    ...(thrown === undefined ? [] : [`it threw ${inspect(thrown)}`, '']),
    `faults: ${[...world.faults].join(' ') || 'none'}\n`,
  ].join('\n');
};

/**
 * The command of simulate.ts.
 *
 * @param argv - its options
 * @param simulation - what is played; of more than one piece always the simulation's own
 * @returns its exit code: 0 where every promise is kept, 1 where one is broken, 2 for options that cannot be
 */
export const simulate = async (
  argv: readonly string[],
  { out, err }: Output,
  simulation: Simulation = ownPipeline,
): Promise<number> => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      longest: { type: 'string', default: '1000' },
      path: { type: 'string' },
      replay: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
    },
  });
  const [runs, seed, longest] = [Number(values.runs), Number(values.seed), Number(values.longest)];
  for (const [name, value] of Object.entries({ runs, seed, longest })) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    err(`--${name}: got "${values[name as 'runs' | 'seed' | 'longest']}"; expected a whole number.\n`);
    return 2;
  }
  const shrinks = values['no-shrink'] ? 0 : mostShrinks;
  if (values.path !== undefined) {
    const found = await searchSchedules(
      { runs: 1, seed, path: values.path, shrinks: 0, longest },
      simulation,
    );
    if (found === undefined) {
      out(`seed ${seed}, path ${values.path}: every promise is kept.\n`);
      return 0;
    }
    if (values.replay) out(await replayed(simulation, found.input));
    out(explained(found, longest));
    return 1;
  }
  const startedAt = performance.now();
  const found =
    runs <= pieceSize
      ? await searchSchedules({ runs, seed, shrinks, longest }, simulation)
      : await searchPieces({
          runs,
          seed,
          shrinks,
          longest,
          size: pieceSize,
          onDone: (tried) =>
            err(`${tried} of ${runs} schedules, ${Math.round((performance.now() - startedAt) / 1_000)} s\n`),
        });
  if (found !== undefined) {
    out(explained(found, longest));
    return 1;
  }
  out(`${runs} schedules from seed ${seed}: every promise is kept.\n`);
  return 0;
};
