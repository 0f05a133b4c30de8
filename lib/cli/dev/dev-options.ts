import { UsageError } from '../../core/errors.ts';
import { epochMsOf, parseInstant, toIso, type EpochMs } from '../../core/units.ts';
import { mostDefaultFactor, type Speed } from '../../local/player/pace.ts';
import { choice, flag, invalidOption, number, parsed, text, type Option } from '../option.ts';
import { functionsOption, stateOption } from '../pipeline-options.ts';
import { platformOptions } from '../platform-options.ts';
import { debugOptions } from './debugging.ts';

const day = /^\d{4}-\d{2}-\d{2}$/;

/** A day is its first instant in UTC. */
const instant = (placeholder: string, description: string): Option<EpochMs | undefined> =>
  parsed(placeholder, description, (value, flagName) => {
    const at = parseInstant(day.test(value) ? `${value}T00:00:00Z` : value);
    if (at !== undefined) return at;
    throw invalidOption(
      flagName,
      value,
      'a day such as 2013-01-05, or a time with its zone such as 2013-01-05T14:30:00Z',
      `write ${flagName} 2013-01-05`,
    );
  });

const share = (description: string): Option<number | undefined> =>
  number('share', description, { least: 0, most: 1 });

export const devOptions = {
  all: flag('run every pipeline, side by side in this process'),
  speed: parsed(
    'n',
    'simulated seconds per second',
    (value, flagName) => {
      const factor = value.trim() === '' ? Number.NaN : Number(value);
      if (Number.isFinite(factor) && factor > 0) return factor;
      throw invalidOption(
        flagName,
        value,
        'a number above 0',
        `write ${flagName} ${mostDefaultFactor}, or --fast for as fast as it goes`,
      );
    },
    `what plays it in about three minutes, at most ${mostDefaultFactor}; with --once ${mostDefaultFactor}`,
  ),
  fast: flag('as fast as the pipeline goes, held back when the backlog grows'),
  from: instant('time', 'play only events from here on'),
  to: instant('time', 'play only events before this time'),
  input: text('folder', 'a recording of the same shape (default: the one that comes with the pipeline)'),
  ...platformOptions,
  state: stateOption,
  reset: flag('delete the state and begin anew'),
  once: flag('stop when all is played and processed'),
  output: choice(
    ['table', 'json', 'ndjson'],
    'how the report is printed; ndjson: after a line for each look at the run',
  ),
  functions: functionsOption,
  port: number('port', 'of the local receiver (default: one that is free)', {
    least: 1,
    most: 65_535,
    isWhole: true,
    example: 8_080,
  }),
  noPage: flag('serve no page (default: a page is served, but not with --once, nor in CI)'),
  open: flag('open the page in a browser'),
  pagePort: number('port', 'of the page (default: the one it had before, or one that is free)', {
    least: 1,
    most: 65_535,
    isWhole: true,
    example: 8_081,
  }),
  ...debugOptions,
  redeliver: share('drill: share of batches that are delivered again, 0 to 1'),
  split: share('drill: share of batches that are delivered in two parts, 0 to 1'),
  seed: number('n', 'drill: the same seed makes the same choices', {
    least: 0,
    most: Number.MAX_SAFE_INTEGER,
    isWhole: true,
  }),
};

/** @throws {UsageError} for what only one pipeline can have, where all are to run */
export const refuseOfOne = (
  {
    all,
    input,
    port,
    inspect,
  }: {
    readonly all: boolean;
    readonly input: string | undefined;
    readonly port: number | undefined;
    readonly inspect?: { readonly stage: string } | undefined;
  },
  pipeline: string | undefined,
): void => {
  if (!all) return;
  const given = [
    ...(pipeline === undefined ? [] : [`the pipeline ${pipeline}`]),
    ...(input === undefined ? [] : [`--input ${input}`]),
    ...(port === undefined ? [] : [`--port ${port}`]),
    ...(inspect === undefined ? [] : [`--inspect ${inspect.stage}`]),
  ];
  if (given.length > 0)
    throw new UsageError('USAGE', {
      message: `got --all and ${given.join(' and ')}, expected every pipeline with its own. Fix: leave one out.`,
    });
};

/**
 * @returns `undefined` where it depends on what is played
 * @throws {UsageError} where both speeds are given
 */
export const speedOf = ({
  speed: factor,
  fast: isFast,
  once: isOnce,
}: {
  readonly speed: number | undefined;
  readonly fast: boolean;
  readonly once: boolean;
}): Speed | undefined => {
  if (isFast && factor !== undefined)
    throw new UsageError('USAGE', {
      message: `got --fast and --speed ${factor}, expected one of them. Fix: leave one out.`,
    });
  if (isFast) return { kind: 'fast' };
  // Nobody watches what ends by itself.
  const chosen = factor ?? (isOnce ? mostDefaultFactor : undefined);
  return chosen === undefined ? undefined : { kind: 'paced', factor: chosen };
};

/** @throws {UsageError} for a range that is none */
export const rangeOf = (
  from: EpochMs | undefined,
  to: EpochMs | undefined,
): { readonly from: EpochMs | undefined; readonly to: EpochMs | undefined } => {
  if (from !== undefined && to !== undefined && from >= to)
    throw invalidOption(
      '--to',
      toIso(to),
      `a time after --from ${toIso(from)}`,
      `write --to ${toIso(epochMsOf(from + 86_400_000)).slice(0, 10)} for one day`,
    );
  return { from, to };
};
