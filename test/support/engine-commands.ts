import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpsBench } from './ops-bench.ts';
import { ordersStages, placed } from './orders-stages.ts';
import { temporaryFolder } from './folder.ts';

/** What a command of the pages needs to be run by a test. */
export interface Run {
  /** Words behind the command: a state folder of the test's own, another pipeline than the flights, less to do. */
  readonly more: string;
  /** Of its placeholders. */
  readonly values: Readonly<Record<string, string>>;
}

const alone = (more = ''): Run => ({ more, values: {} });

/** A state with one effect whose answer never came, or was refused. */
const orders = async (answer: 'unknown' | 'refused', more = ''): Promise<Run> => {
  const bench = await new OpsBench(ordersStages).open();
  try {
    bench.answers.push(
      answer === 'unknown'
        ? { kind: 'unknown', detail: '503', retryAfterMs: undefined }
        : { kind: 'refused', detail: '422' },
    );
    await bench.publish('placed', 'a', placed('a'));
    await bench.run();
    return {
      more: `--functions test/fixtures/orders --state ${bench.folder} ${more}`.trim(),
      values: { key: bench.sent[0]?.key ?? '' },
    };
  } finally {
    bench.close();
  }
};

/**
 * Commands of README and docs that are not about the shipped pipeline, and how each is run: as it stands, with `more` behind
 * it. Those about a pipeline are in that pipeline's own tests; those that only CI can run are in ci-commands.ts.
 */
export const engineCommands: Readonly<Record<string, () => Run | Promise<Run>>> = {
  'npx freshet dev --help': () => alone(),
  'npx freshet explain': () => alone(),
  'npx freshet completion bash': () => alone(),
  'npx freshet dev --functions test/fixtures/meters --fast --once': () =>
    alone(`--state ${temporaryFolder()}`),
  'npx freshet trace <id>': async () => {
    const { more, values } = await orders('unknown');
    return { more, values: { id: values['key'] ?? '' } };
  },
  'npx freshet invoke <stage> --event <file> --observe': async () => {
    const { more } = await orders('unknown');
    const file = join(temporaryFolder(), 'event.json');
    writeFileSync(file, JSON.stringify(placed('b')));
    return { more: `${more} --type placed`, values: { stage: 'features', file } };
  },
  'npx freshet effects show <key>': () => orders('unknown'),
  'npx freshet effects resolve <key> --as done --reason "found in the order book"': () =>
    orders('unknown', '--confirm=orders'),
  'npx freshet dlq redrive all': () => orders('refused'),
  // What it measures is run by its own tests, on few records; whole it takes minutes.
  'npm run bench': () => alone('-- --list'),
  'npm run simulate -- --runs 2000 --seed 1': () => alone('--runs 50'),
  'npm run simulate -- --runs 1000000 --seed 1': () => alone('--runs 50'),
  // One that breaks no promise, and ends well.
  'npm run simulate -- --seed <seed> --path <path> --longest <choices> --replay': () => ({
    more: '',
    values: { seed: '1', path: '0', choices: '260' },
  }),
};
