import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { KafkaBroker } from '../services/kafka-broker.ts';
import type { Bench, Figure } from './bench.ts';
import { FakeDynamoDbServer } from './dynamodb/fake.ts';
import { monthFolder, type Multiples } from './recorded-month.ts';
import type { MonthAnswer, MonthTask } from './work/month-client.ts';

const ask = async (task: MonthTask): Promise<MonthAnswer> => {
  const child = fork(join(import.meta.dirname, 'work/month-client.ts'), [JSON.stringify(task)], {
    execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=3072'],
  });
  const exited = once(child, 'exit');
  let answer: MonthAnswer | undefined;
  child.on('message', (message) => (answer = message as MonthAnswer));
  await exited;
  if (answer === undefined) throw new Error('the month ended without an answer');
  return answer;
};

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** CPU of the stages alone, per published event, µs. */
const cpuPerEvent = ({ cpuMicros, published }: MonthAnswer): number =>
  sum(Object.entries(cpuMicros).flatMap(([phase, micros]) => (phase.includes('.') ? [micros] : []))) /
  published;

/** Every record of every topic has one verdict, and each stage made of it what the next one read. */
const assertWhole = async (
  { published, stages }: MonthAnswer,
  dynamodb: FakeDynamoDbServer,
  environment: string,
): Promise<void> => {
  const [weather, features, inference, action] = Object.values(stages);
  for (const { records, verdicts } of Object.values(stages))
    assert.equal(sum(Object.values(verdicts)), records);
  assert.equal((weather?.records ?? 0) + (features?.records ?? 0), published);
  assert.equal(features?.verdicts['done'], inference?.records);
  assert.equal(inference?.verdicts['done'], action?.records);
  assert.equal(await dynamodb.size(`${environment}-claims`), inference?.records);
  assert.equal(await dynamodb.size(`${environment}-effects`), action?.records);
  assert.equal((action?.verdicts['done'] ?? 0) + (action?.verdicts['suppressed'] ?? 0), action?.records);
};

const figuresOf = (title: string, answer: MonthAnswer): readonly Figure[] => {
  const { published, stages, cpuMicros } = answer;
  const seconds = sum(Object.values(stages).map(({ wallMs }) => wallMs)) / 1_000;
  const phases = Object.entries(cpuMicros)
    .filter(([phase]) => phase.includes('.'))
    .toSorted(([, one], [, other]) => other - one)
    .map(([phase, micros]) => `${phase} ${(micros / published).toFixed(1)}`);
  return [
    {
      what: `${title}: events per second through all stages`,
      value: `${Math.round(published / seconds)} (${published} events in ${seconds.toFixed(1)} s, one batch at a time)`,
    },
    {
      what: `${title}: records per second by stage`,
      value: Object.entries(stages)
        .map(([name, { records, wallMs }]) => `${name} ${Math.round(records / (wallMs / 1_000))}`)
        .join(', '),
    },
    { what: `${title}: CPU per event`, value: `${cpuPerEvent(answer).toFixed(1)} µs` },
    { what: `${title}: CPU per event by phase, µs`, value: phases.join('; ') },
  ];
};

interface Variant extends Multiples {
  readonly title: string;
}

/** The month is ten times the backlog of its first tenth; more keys make no more events of it. */
const variants: readonly Variant[] = [
  { title: 'a tenth of the month', share: 0.1, copies: 1, keys: 1 },
  { title: 'the month, 10× that backlog', share: 1, copies: 1, keys: 1 },
  { title: 'the month with 100× keys', share: 1, copies: 1, keys: 100 },
];

/** The whole recorded month from the broker's log through all stages. */
export const month: Bench = {
  name: 'month',
  title: 'A recorded month from the broker’s log through all stages',
  run: async ({ say, months }) => {
    const broker = await KafkaBroker.start();
    const dynamodb = await FakeDynamoDbServer.start();
    const figures: Figure[] = [];
    const costs: number[] = [];
    const asked: readonly Variant[] =
      months === 1
        ? variants
        : [...variants, { title: `${months} months`, share: 1, copies: months, keys: 1 }];
    try {
      for (const [index, { title, ...multiples }] of asked.entries()) {
        await dynamodb.clear();
        const environment = `bench${index}`;
        const folder = resolve(import.meta.dirname, '../..', monthFolder);
        const { bootstrap } = broker;
        const { endpoint } = dynamodb;
        const answer = await ask({ bootstrap, endpoint, environment, folder, ...multiples });
        await assertWhole(answer, dynamodb, environment);
        costs.push(cpuPerEvent(answer));
        for (const { what, value } of figuresOf(title, answer)) {
          say(`${what}: ${value}`);
          figures.push({ what, value });
        }
      }
    } finally {
      await Promise.all([broker.remove(), dynamodb.stop()]);
    }
    asked.forEach(({ title }, index) => {
      const before = index === 0 ? undefined : costs[index === 1 ? 0 : 1];
      if (before === undefined) return;
      figures.push({
        what: `${title}: CPU per event, against ${index === 1 ? 'the tenth' : 'the month'}`,
        value: `${((costs[index] ?? Number.NaN) / before).toFixed(2)}×`,
      });
    });
    return { figures, goals: [] };
  },
};
