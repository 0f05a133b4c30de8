import type { Violation } from './checks/evidence.ts';
import type { Ran } from './ran.ts';
import type { Found } from './search.ts';

/** What is promised, in words. */
const promises: Readonly<Record<Violation['invariant'], string>> = {
  pure: 'functions are pure: fold, emit, decide and request depend on their input alone, and leave it as it is',
  I1: 'accounting: every record that was consumed ends in exactly one verdict',
  I2: 'effect: at-most-once is at most one request, keyed is one request under one key, and what may be out never ends as if it were not',
  I3: 'frozen: one key, one decision and one request body, for ever; what was emitted is what is stored',
  I4: "order: rows fold each entity's events in the order of their offsets, each once",
  I5: "commit: an offset advances only after the record's outcome is durable",
  I6: 'fence: only the owner of a claim completes or releases it',
  I7: 'liveness: once faults stop, everything that was begun ends',
  I8: 'replay: consuming finished keys again sends nothing and changes nothing',
  I9: 'isolation: a record that kills its worker is given up on alone',
  switch: 'the kill switch is asked before every send',
  limit: 'no more is sent than the limit grants',
  wait: 'unfinished records are handed back only after a wait',
  context: 'a vector knows nothing of the future',
  fault: 'the engine throws none but its own errors',
};

const mostLines = 120;

/** The beginning and the end of a long timeline. */
const shortened = (lines: readonly string[]): readonly string[] => {
  const left = lines.length - mostLines;
  if (left <= 0) return lines;
  const half = mostLines / 2;
  return [...lines.slice(0, half), `           … ${left} lines are left out …`, ...lines.slice(-half)];
};

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const scheduleOf = ({ world: { faults, timeline } }: Ran): readonly string[] => [
  `the schedule, as short as it was found (faults in it: ${[...faults].join(', ') || 'none'}):`,
  ...indented(shortened(timeline)),
];

/** What broke in words, how it came about, and how to see it again. */
export const explain = (
  { pipeline }: { readonly pipeline: string },
  found: Omit<Found<unknown>, 'input'>,
): string => {
  const { seed, path, runs, violations, ran } = found;
  const isImpure = violations.some(({ invariant }) => invariant === 'pure');
  const broken = [...Map.groupBy(violations, ({ invariant }) => invariant)].flatMap(([invariant, all]) => [
    `broken  ${invariant === 'pure' ? '' : `${invariant}, `}${promises[invariant]}`,
    ...indented([...new Set(all.map(({ what }) => what))]),
  ]);
  return [
    `${pipeline} breaks a promise in schedule ${runs} (seed ${seed}, path ${path}).`,
    '',
    ...broken,
    ...(isImpure
      ? []
      : [
          '',
          'No function of yours gave two answers to one input, so this may be a fault of Freshet: report it with the schedule below.',
        ]),
    ...(ran === undefined ? [] : ['', ...scheduleOf(ran)]),
    '',
    `See it again: simulate(…, { …, seed: ${seed}, path: '${path}' })`,
  ].join('\n');
};
