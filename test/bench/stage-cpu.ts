import type { Bench, Figure } from './bench.ts';
import { contend, profileOf } from './contend.ts';
import { FakeDynamoDbServer } from './dynamodb/fake.ts';
import { median, ratio, spread } from './statistics.ts';
import type { Contender } from './work/tasks.ts';

interface Entrant {
  readonly name: string;
  readonly contender: Contender;
  readonly warmUp: number;
  readonly batches: number;
}

const stage = (name: 'features' | 'inference' | 'action-keyed'): Contender => ({
  kind: 'stage',
  stage: name,
});

/** Inference is the stage that does the others' work; features and action stand beside it. */
const entrants: readonly Entrant[] = [
  { name: 'inference, with idempotency', contender: stage('inference'), warmUp: 16, batches: 16 },
  { name: 'Powertools makeIdempotent', contender: { kind: 'powertools' }, warmUp: 5, batches: 6 },
  {
    name: 'inference, without idempotency',
    contender: { kind: 'without-idempotency' },
    warmUp: 16,
    batches: 24,
  },
  { name: 'the same by hand, no envelope', contender: { kind: 'hand-written' }, warmUp: 16, batches: 24 },
  { name: 'bare decode loop', contender: { kind: 'decode-loop' }, warmUp: 16, batches: 24 },
  { name: 'features', contender: stage('features'), warmUp: 16, batches: 16 },
  { name: 'action, all suppressed', contender: stage('action-keyed'), warmUp: 12, batches: 12 },
];

const batchSize = 500;
const rounds = 3;
/** The first of the entrants: those that goals are about. */
const profiledEntrants = 3;

/** CPU per record, client side alone. */
export const stageCpu: Bench = {
  name: 'cpu',
  title: `Stage CPU per record, batch of ${batchSize}`,
  run: async ({ say }) => {
    const dynamodb = await FakeDynamoDbServer.start();
    const shares: Figure[] = [];
    const micros = new Map<string, number[]>(entrants.map(({ name }) => [name, []]));
    try {
      for (let round = 0; round < rounds; round += 1)
        for (const { name, contender, warmUp, batches } of entrants) {
          await dynamodb.clear();
          const task = { contender, endpoint: dynamodb.endpoint, batchSize, warmUp, batches, from: 0 };
          const { cpuMicros, records } = await contend(task);
          micros.get(name)?.push(cpuMicros / records);
          say(`${name}: ${(cpuMicros / records).toFixed(1)} µs`);
        }
      for (const { name, contender, warmUp, batches } of entrants.slice(0, profiledEntrants)) {
        await dynamodb.clear();
        const { endpoint } = dynamodb;
        const value = await profileOf({ contender, endpoint, batchSize, warmUp, batches, from: 0 });
        shares.push({ what: `${name}: CPU by place`, value });
      }
    } finally {
      await dynamodb.stop();
    }
    const of = (index: number): number => median(micros.get(entrants[index]?.name ?? '') ?? []);
    const [idempotent, powertools, plain, , decode] = [of(0), of(1), of(2), of(3), of(4)];
    return {
      figures: [...[...micros].map(([what, values]) => ({ what, value: spread(values, 'µs') })), ...shares],
      goals: [
        {
          goal: 'CPU per record with idempotency, against Powertools under Promise.all: ≤ 1/15',
          measured: ratio(idempotent, powertools),
          isMet: idempotent <= powertools / 15,
        },
        {
          goal: 'CPU per record without idempotency, against a bare decode loop: ≤ 1.5×',
          measured: ratio(plain, decode),
          isMet: plain <= decode * 1.5,
        },
      ],
    };
  },
};
