import { describe, expect, it, onTestFinished } from 'vitest';
import { deadLettersIn, topicIn } from '../../../lib/core/contract/resolved.ts';
import { deadLetter } from '../../../lib/core/dead-letter.ts';
import { lengthPrefixed } from '../../../lib/core/identity.ts';
import { bytesOf, type Header, type SourceRecord } from '../../../lib/core/record.ts';
import { epochMsOf, minutes } from '../../../lib/core/units.ts';
import { kafkaLetters } from '../../../lib/local/event-source/destination.ts';
import { findLetter } from '../../../lib/ops/letters/find-letter.ts';
import { listLetters, type LetterFilter } from '../../../lib/ops/letters/list-letters.ts';
import { letterName } from '../../../lib/ops/letters/letter.ts';
import { applyRedrive, planRedrive } from '../../../lib/ops/letters/redrive.ts';
import { redriveEvent } from '../../../lib/ops/letters/redrive-event.ts';
import { redriveOf, type RedriveEvent } from '../../../lib/runtime/redrive-event.ts';
import { mappingConfig } from '../../support/mapping-bench.ts';
import { meter, metersStages, reading } from '../../support/meters-stages.ts';
import { OpsBench, type BenchStages } from '../../support/ops-bench.ts';
import { breaking, ordersStages, placed } from '../../support/orders-stages.ts';

const operator = { who: 'tester', why: '' };
const decisions = 'dev.energy.meters.decision';

const openBench = async (stages: BenchStages): Promise<OpsBench> => {
  const bench = await new OpsBench(stages).open();
  onTestFinished(() => bench.close());
  return bench;
};

const names = async (bench: OpsBench, filter?: LetterFilter): Promise<readonly string[]> =>
  (await listLetters(bench.deployment, filter)).map((letter) => `${letterName(letter)} ${letter.reason}`);

const header = (name: string, value: string): Header => ({ name, value: bytesOf(value) });

/** What the emulator's mapping writes when it gives up on a stage's records. */
const giveUp = async (bench: OpsBench, topic: string, functionName: string): Promise<void> => {
  const config = {
    ...mappingConfig(),
    topic,
    functionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
  };
  for (const { partition } of await bench.embedded.log.offsets(topic)) {
    const records = await bench.embedded.log.read({
      topic,
      partition,
      from: 0,
      maxRecords: 100,
      maxBytes: 1e9,
    });
    const discarded = {
      condition: 'retries-exhausted',
      unfinished: records,
      handedOver: records,
      invocationId: 1,
      invokeCount: 3,
      functionError: null,
    } as const;
    const letters = kafkaLetters(`${topic}.dlq`, discarded, {
      config,
      requestId: 'r',
      at: bench.clock.now(),
    });
    for (const letter of letters) await bench.append(letter);
  }
};

/** A meter whose second reading is out of all proportion to its neighbour's. */
const readTwice = async (bench: OpsBench): Promise<void> => {
  await bench.publish('reading', 'n1', reading({ ...meter, meter: 'm-2' }, 10));
  await bench.publish('reading', 'r1', reading(meter, 10));
  await bench.publish('reading', 'r2', reading(meter, 90));
  await bench.deliver('features');
};

describe('letters of our stages', () => {
  it('are listed once each, the oldest first, with what is in them', async () => {
    const bench = await openBench(breaking(ordersStages, () => true));
    await bench.publish('placed', 'a', placed('a'));
    await bench.deliver('features');
    bench.elapse(1_000);
    await bench.publish('placed', 'b', placed('b'));
    await bench.deliver('features');
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([
      {
        place: 'features',
        stage: 'features',
        reason: 'function-threw',
        message: 'a bug',
        redrive: 0,
        writer: 'stage',
      },
      {},
    ]);
    // Second copies, as a redelivery after a crash writes them.
    const dlq = 'orders-v2.dlq';
    for (const { partition, end } of await bench.embedded.log.offsets(dlq)) {
      const copies = await bench.embedded.log.read({
        topic: dlq,
        partition,
        from: 0,
        maxRecords: end,
        maxBytes: 1e9,
      });
      for (const copy of copies) await bench.append(copy);
    }
    expect((await listLetters(bench.deployment)).map(({ id }) => id)).toEqual(letters.map(({ id }) => id));
  });

  it('are filtered by stage, reason and time', async () => {
    const bench = await openBench(breaking(ordersStages, () => true));
    const start = bench.clock.now();
    await bench.publish('placed', 'a', placed('a'));
    await bench.deliver('features');
    bench.elapse(minutes(1).ms);
    await bench.publish('placed', 'b', { ...placed('b'), lines: 'none' });
    await bench.deliver('features');
    const [first, second] = await names(bench);
    expect([first, second]).toEqual([
      expect.stringContaining('function-threw'),
      expect.stringContaining('schema'),
    ]);
    expect(await names(bench, { reason: 'schema' })).toEqual([second]);
    expect(await names(bench, { stage: 'features' })).toHaveLength(2);
    expect(await names(bench, { stage: 'action' })).toEqual([]);
    expect(await names(bench, { until: epochMsOf(start + 30_000) })).toEqual([first]);
    expect(await names(bench, { since: epochMsOf(start + 30_000) })).toEqual([second]);
  });

  it('of another pipeline on the same topic are left to it', async () => {
    const bench = await openBench(ordersStages);
    const record: SourceRecord = {
      topic: 'orders-v2',
      partition: 0,
      offset: 3,
      timestamp: bench.clock.now(),
      timestampType: 'LOG_APPEND_TIME',
      key: bytesOf('ada'),
      value: bytesOf('{'),
      headers: [],
      listedUnder: 'orders-v2-0',
    };
    const parts = {
      stage: 'features',
      topic: 'orders-v2.dlq',
      record,
      at: { topic: 'orders-v2', topicId: 'id', partition: 0, offset: 3 },
      redrive: 0,
      reason: 'not-json',
      message: '',
      maxSourceBytes: 1_000,
    } as const;
    await bench.append(deadLetter({ ...parts, pipeline: 'billing' }));
    expect(await names(bench)).toEqual([]);
    await bench.append(deadLetter({ ...parts, pipeline: 'orders' }));
    expect(await names(bench)).toEqual(['features/0/3 not-json']);
  });

  it('of the player, about lines it could not read, are not redrivable', async () => {
    const bench = await openBench(ordersStages);
    await bench.append({
      topic: 'orders-v2.dlq',
      key: null,
      value: bytesOf('{"half'),
      headers: [
        header('__connect.errors.topic', 'orders-v2'),
        header('__connect.errors.stage', 'player'),
        header('__connect.errors.exception.message', 'not JSON'),
        header('freshet.reason', 'not-json'),
        header('freshet.file', 'orders.ndjson'),
        header('freshet.line', '12'),
      ],
    });
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([
      { writer: 'player', place: 'player', reason: 'not-json', message: 'orders.ndjson:12 not JSON' },
    ]);
    expect(letters.map(letterName)).toEqual(['player/orders-v2/0/0']);
    const { redrives } = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(redrives).toMatchObject([
      { kind: 'not-redrivable', why: expect.stringContaining('mend the line') },
    ]);
  });
});

describe('letters of the player', () => {
  it('of different topics have different names, by which each is found', async () => {
    const bench = await openBench(metersStages);
    const { source, context } = metersStages.features.contract;
    const sources = [source, ...Object.values(context).map((of) => of.source)];
    for (const of of sources)
      for (const key of 'abcdefgh')
        await bench.append({
          topic: deadLettersIn('dev', of),
          key: bytesOf(key),
          value: bytesOf('{"half'),
          headers: [
            header('__connect.errors.topic', topicIn('dev', of)),
            header('__connect.errors.stage', 'player'),
            header('freshet.line', '12'),
          ],
        });
    const letters = await listLetters(bench.deployment);
    const places = new Set(letters.map(({ record }) => `${record.partition}/${record.offset}`));
    expect(letters).toHaveLength(8 * sources.length);
    expect(places.size).toBeLessThan(letters.length);
    for (const letter of letters) {
      expect(letterName(letter)).toContain(`player/${letter.record.topic}/`);
      expect(findLetter(letters, letterName(letter))).toBe(letter);
    }
  });
});

describe('letters of others', () => {
  it.each([
    ['Kafka Connect', '__connect.errors.', 'VALUE_CONVERTER'],
    ['Kafka Streams', '__streams.errors.', 'source-node'],
    ['share groups', '__dlq.errors.', 'consume'],
  ])('%s: read, and not redrivable', async (_, prefix, place) => {
    const bench = await openBench(ordersStages);
    await bench.append({
      topic: 'orders-v2.dlq',
      key: bytesOf('ada'),
      value: bytesOf('x'),
      headers: [
        header(`${prefix}topic`, 'orders-v2'),
        header(`${prefix}partition`, '2'),
        header(`${prefix}offset`, '3000000000'),
        header(`${prefix}stage`, place),
        header(`${prefix}exception.class.name`, 'DataException'),
        header(`${prefix}exception.message`, 'no magic byte'),
      ],
    });
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([
      {
        writer: 'other',
        reason: 'DataException',
        message: 'no magic byte',
        record: { topic: 'orders-v2', partition: 2, offset: 3_000_000_000 },
      },
    ]);
    expect(letters.map(letterName)).toEqual([`${place}/2/3000000000`]);
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(plan.redrives).toMatchObject([
      { kind: 'not-redrivable', why: expect.stringContaining(`${place} wrote it`) },
    ]);
  });

  it('a record that says nothing about itself is shown where it stands', async () => {
    const bench = await openBench(ordersStages);
    await bench.append({
      topic: 'orders-v2.dlq',
      key: null,
      value: bytesOf('{"requestContext":1}'),
      headers: [],
    });
    expect(await listLetters(bench.deployment)).toMatchObject([
      { id: expect.stringContaining(lengthPrefixed(['orders-v2.dlq'])), reason: 'unknown', writer: 'other' },
    ]);
  });
});

describe('letters of the mapping', () => {
  it('of action: a redrive processes what was never claimed, once', async () => {
    const bench = await openBench(metersStages);
    await readTwice(bench);
    await bench.deliver('inference');
    await giveUp(bench, decisions, 'dev-meters-action');
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([
      { writer: 'mapping', stage: 'action', redrive: -1, reason: 'mapping-gave-up' },
    ]);
    expect(letters.map(letterName)).toEqual([expect.stringMatching(/^action\/\d\/0#mapping$/)]);
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(plan.redrives).toMatchObject([{ standing: { kind: 'open' }, event: { number: 0 } }]);
    expect(await applyRedrive(bench.deployment, plan, bench.invoker, operator)).toMatchObject([
      { verdict: 'done' },
    ]);
    await applyRedrive(bench.deployment, plan, bench.invoker, operator);
    expect(bench.sent).toHaveLength(1);
  });

  it('of action: does not open an effect that failed by itself', async () => {
    const bench = await openBench(metersStages);
    await readTwice(bench);
    bench.answers.push({ kind: 'refused', detail: '422' });
    await bench.deliver('inference');
    await bench.deliver('action');
    await giveUp(bench, decisions, 'dev-meters-action');
    const letters = (await listLetters(bench.deployment)).filter(({ writer }) => writer === 'mapping');
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(plan.redrives).toMatchObject([
      { standing: { kind: 'settled', as: 'failed: letter 0 stands for it' } },
    ]);
    await applyRedrive(bench.deployment, plan, bench.invoker, operator);
    expect(bench.sent).toHaveLength(1);
  });

  it('of features: not redrivable, for the row has no hole', async () => {
    const bench = await openBench(metersStages);
    await bench.publish('reading', 'r1', reading(meter, 10));
    await giveUp(bench, 'dev.energy.meter.read', 'dev-meters-features');
    const plan = await planRedrive(bench.deployment, await listLetters(bench.deployment), {
      pastDeadline: false,
    });
    expect(plan.redrives).toMatchObject([
      { kind: 'not-redrivable', why: expect.stringContaining('before features could leave a hole') },
    ]);
  });

  it('of another pipeline are left to it', async () => {
    const bench = await openBench(metersStages);
    await bench.publish('reading', 'r1', reading(meter, 10));
    await giveUp(bench, 'dev.energy.meter.read', 'dev-smart-meters-features');
    expect(await listLetters(bench.deployment)).toEqual([]);
  });
});

describe('a letter that had no room for its value', () => {
  const large = (): Readonly<Record<string, unknown>> => ({
    ...placed('a'),
    order: 'o'.repeat(900_000),
  });
  const truncatedLetter = async (): Promise<OpsBench> => {
    const bench = await openBench(breaking(ordersStages, () => true));
    await bench.publish('placed', 'a', large());
    // A broker whose dead-letter topic allows less than the contract's record.
    await bench.embedded.log.deleteTopic('orders-v2.dlq');
    await bench.embedded.log.createTopics([
      { name: 'orders-v2.dlq', partitions: 3, retentionMs: 86_400_000, maxRecordBytes: 100_000 },
    ]);
    expect(await bench.deliver('features')).toEqual(['dead-lettered(function-threw)']);
    bench.stages = ordersStages;
    return bench;
  };

  it('is redriven with the record from its topic', async () => {
    const bench = await truncatedLetter();
    const letters = await listLetters(bench.deployment);
    expect(letters).toMatchObject([{ record: { value: null }, truncatedBytes: expect.any(Number) }]);
    const plan = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(await applyRedrive(bench.deployment, plan, bench.invoker, operator)).toMatchObject([
      { verdict: 'done' },
    ]);
  });

  it('is not redrivable once its topic is another', async () => {
    const bench = await truncatedLetter();
    const letters = await listLetters(bench.deployment);
    await bench.embedded.log.deleteTopic('orders-v2');
    await bench.embedded.log.createTopics([
      { name: 'orders-v2', partitions: 3, retentionMs: 86_400_000, maxRecordBytes: 1_000_000 },
    ]);
    const { redrives } = await planRedrive(bench.deployment, letters, { pastDeadline: false });
    expect(redrives).toMatchObject([
      { kind: 'not-redrivable', why: expect.stringContaining('no longer in orders-v2') },
    ]);
  });
});

it('a redrive event is what the runtime reads, byte for byte', () => {
  const record = {
    topic: 't',
    topicId: 'id',
    partition: 2,
    offset: 2 ** 40,
    timestamp: epochMsOf(1_767_600_000_000),
    timestampType: 'CREATE_TIME',
    key: Uint8Array.of(0, 255),
    value: null,
    headers: [
      { name: 'ë', value: bytesOf('ë') },
      { name: 'ë', value: Uint8Array.of(128) },
    ],
  } as const;
  const event: RedriveEvent = redriveEvent(record, { topicId: 'id', number: 3, pastDeadline: true });
  const read = redriveOf(JSON.parse(JSON.stringify(event)) as RedriveEvent);
  expect(read.redrive).toEqual({ topicId: 'id', number: 3, pastDeadline: true });
  const { topic, partition, offset, timestamp, timestampType, value } = record;
  expect(read.record).toMatchObject({ topic, partition, offset, timestamp, timestampType, value });
  expect([...(read.record.key ?? [])]).toEqual([0, 255]);
  expect(read.record.headers.map(({ name, value: bytes }) => [name, [...bytes]])).toEqual([
    ['ë', [195, 171]],
    ['ë', [128]],
  ]);
});
