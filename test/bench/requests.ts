import assert from 'node:assert/strict';
import type { Bench, Figure, GoalResult } from './bench.ts';
import { contend, profileOf } from './contend.ts';
import { FakeDynamoDbServer } from './dynamodb/fake.ts';
import type { Counts } from './dynamodb/tables.ts';
import { median, ratio, spread } from './statistics.ts';
import type { Contender } from './work/tasks.ts';

const batchSize = 500;
const requestDelayMs = 4;

const stages: readonly { readonly name: string; readonly contender: Contender }[] = [
  { name: 'features, an entity for each event', contender: { kind: 'stage', stage: 'features' } },
  { name: 'features, 50 entities', contender: { kind: 'stage', stage: 'features', customers: 50 } },
  { name: 'inference', contender: { kind: 'stage', stage: 'inference' } },
  { name: 'action, all suppressed', contender: { kind: 'stage', stage: 'action-keyed' } },
  { name: 'action, all sent, keyed', contender: { kind: 'stage', stage: 'action-keyed', hold: true } },
  {
    name: 'action, all sent, at-most-once',
    contender: { kind: 'stage', stage: 'action-at-most-once', hold: true },
  },
];

const perEvent = ({
  requests,
  writeUnits,
}: Counts): { readonly requests: number; readonly units: number } => ({
  requests: Object.values(requests).reduce((sum, count) => sum + count, 0) / batchSize,
  units: writeUnits / batchSize,
});

const most = 0.1;

/** What is asked of DynamoDB, and how long a batch waits for it. */
export const requests: Bench = {
  name: 'dynamodb',
  title: `DynamoDB: requests and write units per event at ${batchSize}; a batch of 100 at ${requestDelayMs} ms per request`,
  run: async ({ say }) => {
    const dynamodb = await FakeDynamoDbServer.start();
    const { endpoint } = dynamodb;
    const figures: Figure[] = [];
    const goals: GoalResult[] = [];
    /** The second of two batches on the same store: connections are open and the topic's epoch is known. */
    const countsOf = async (contender: Contender, isRedelivery: boolean): Promise<Counts> => {
      await dynamodb.resetCounts();
      const from = batchSize;
      await contend({ contender, endpoint, batchSize, warmUp: 0, batches: 1, from, isRedelivery });
      return dynamodb.counts();
    };
    const count = async (name: string, contender: Contender) => {
      await dynamodb.clear();
      await contend({ contender, endpoint, batchSize, warmUp: 0, batches: 1, from: 0 });
      const first = perEvent(await countsOf(contender, false));
      const again = perEvent(await countsOf(contender, true));
      say(
        `${name}: ${first.requests} requests, ${first.units} write units; redelivered ${again.requests}, ${again.units}`,
      );
      figures.push({
        what: name,
        value: `${first.requests} requests, ${first.units} write units; redelivered ${again.requests} and ${again.units}`,
      });
      return { first, again };
    };
    try {
      const powertools = await count('Powertools', { kind: 'powertools' });
      assert.equal(powertools.first.units, 2);
      for (const { name, contender } of stages) {
        const { first, again } = await count(name, contender);
        goals.push({
          goal: `${name}: ≤ ${most} requests per event, first and redelivered, ≤ 2 write units`,
          measured: `${first.requests} and ${again.requests}; ${first.units}`,
          isMet: first.requests <= most && again.requests <= most && first.units <= 2.01,
        });
      }
      const rivals = [
        { name: 'inference', contender: { kind: 'stage', stage: 'inference' } },
        { name: 'Powertools', contender: { kind: 'powertools' } },
      ] as const;
      const small = { endpoint, batchSize: 100, warmUp: 8, batches: 12, from: 0 };
      const walls: Record<(typeof rivals)[number]['name'], number[]> = { inference: [], Powertools: [] };
      const cpus: typeof walls = { inference: [], Powertools: [] };
      for (let round = 0; round < 3; round += 1)
        for (const { name, contender } of rivals) {
          await dynamodb.clear(requestDelayMs);
          const { wallMs, cpuMicros } = await contend({ contender, ...small });
          walls[name].push(median(wallMs));
          cpus[name].push(cpuMicros / small.batches / 1_000);
        }
      for (const { name } of rivals)
        figures.push({
          what: `batch of 100, ${name}`,
          value: `${spread(walls[name], 'ms')}, of that ${spread(cpus[name], 'ms')} CPU`,
        });
      for (const { name, contender } of rivals) {
        await dynamodb.clear(requestDelayMs);
        const value = await profileOf({ contender, ...small });
        figures.push({ what: `batch of 100, ${name}: CPU by place`, value });
      }
      const { inference: ours, Powertools: theirs } = walls;
      goals.push({
        goal: `wall time of a batch of 100 at ${requestDelayMs} ms per request, against Promise.all: ≤ 1/7`,
        measured: ratio(median(ours), median(theirs)),
        isMet: median(ours) <= median(theirs) / 7,
      });
    } finally {
      await dynamodb.stop();
    }
    return { figures, goals };
  },
};
