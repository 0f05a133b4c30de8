/**
 * `npm run faults -- [--only <fault>[,<fault>]] [--seeds 5] [--from 1] [--at-once 3]`
 *
 * Plays every fault on real processes, each with several seeds, and counts what came of every event.
 */
import { parseArgs } from 'node:util';
import { startFaultServices } from './fault-services.ts';
import { faults } from './faults.ts';
import { repeat, type Repetition } from './repetition.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '5' },
    from: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '3' },
  },
});

// Every process that is started has a listener that ends it with this one.
process.setMaxListeners(0);

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const seedsOf = (): readonly number[] =>
  Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.from) + index);

/** Works through all of it, so many at once. */
const playAll = async (): Promise<readonly Repetition[]> => {
  const names = values.only?.split(',');
  const chosen = faults.filter(({ name }) => names === undefined || names.includes(name));
  if (names !== undefined && chosen.length < names.length)
    throw new Error(
      `--only: got ${values.only}; expected some of ${faults.map(({ name }) => name).join(', ')}`,
    );
  const work = chosen.flatMap((fault) => seedsOf().map((seed) => ({ fault, seed })));
  const done: Repetition[] = [];
  const shared = await startFaultServices();
  const player = async (): Promise<void> => {
    for (let next = work.shift(); next !== undefined; next = work.shift()) {
      const played = await repeat(next.fault, next.seed, shared);
      done.push(played);
      const { fault, seed, findings, output, ms } = played;
      say(
        `${fault} ${seed}: ${findings.length === 0 ? 'ok' : findings.join('\n  ')} (${(ms / 1_000).toFixed(1)} s)`,
      );
      if (output !== '') process.stderr.write(`${output}\n`);
    }
  };
  try {
    await Promise.all(Array.from({ length: Number(values['at-once']) }, player));
  } finally {
    await shared.stop();
  }
  return done;
};

const table = (played: readonly Repetition[]): readonly string[] => {
  const seeds = [...new Set(played.map(({ seed }) => seed))].toSorted((one, other) => one - other);
  const names = [...new Set(played.map(({ fault }) => fault))];
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const cell = (name: string, seed: number): string => {
    const found = played.find((one) => one.fault === name && one.seed === seed)?.findings.length;
    return (found === undefined ? '–' : found === 0 ? 'ok' : `${found} found`).padEnd(9);
  };
  return [
    `${'seed'.padEnd(width)}${seeds.map((seed) => String(seed).padEnd(9)).join('')}`,
    ...faults
      .map(({ name }) => name)
      .filter((name) => names.includes(name))
      .map((name) => `${name.padEnd(width)}${seeds.map((seed) => cell(name, seed)).join('')}`),
  ];
};

const startedAt = performance.now();
const played = await playAll();
say(`\n${table(played).join('\n')}\n`);
const bad = played.filter(({ findings }) => findings.length > 0).length;
say(
  `${played.length - bad} of ${played.length} repetitions kept every promise, in ${Math.round((performance.now() - startedAt) / 1_000)} s`,
);
process.exitCode = bad === 0 && played.length > 0 ? 0 : 1;
