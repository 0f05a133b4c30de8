import { describe, expect, it } from 'vitest';
import { deadLetter } from '../../../../lib/core/dead-letter.ts';
import { bytesOf, type SourceRecord } from '../../../../lib/core/record.ts';
import { epochMsOf, minutes } from '../../../../lib/core/units.ts';
import { letterName } from '../../../../lib/ops/letters/letter.ts';
import { listLetters, type LetterFilter } from '../../../../lib/ops/letters/list-letters.ts';
import { planRedrive } from '../../../../lib/ops/letters/redrive.ts';
import { openOpsBench, type OpsBench } from '../../../support/ops-bench.ts';
import { breaking, ordersStages, placed } from '../../../support/orders-stages.ts';
import { headersOf } from '../../../support/stage-records.ts';

const names = async (bench: OpsBench, filter?: LetterFilter): Promise<readonly string[]> =>
  (await listLetters(bench.deployment, filter)).map((letter) => `${letterName(letter)} ${letter.reason}`);

describe('letters of our stages', () => {
  it('are listed once each, the oldest first, with what is in them', async () => {
    const bench = await openOpsBench(breaking(ordersStages, () => true));
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
        message: expect.stringMatching(/^a bug \(test\//) as string,
        redrive: 0,
        writer: 'stage',
      },
      {},
    ]);
    // Second copies, as a redelivery after a crash writes them.
    for (const copy of await bench.recordsIn('orders-v2.dlq')) await bench.append(copy);
    expect((await listLetters(bench.deployment)).map(({ id }) => id)).toEqual(letters.map(({ id }) => id));
  });

  it('are filtered by stage, reason and time', async () => {
    const bench = await openOpsBench(breaking(ordersStages, () => true));
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
    const bench = await openOpsBench(ordersStages);
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
    const bench = await openOpsBench(ordersStages);
    await bench.append({
      topic: 'orders-v2.dlq',
      key: null,
      value: bytesOf('{"half'),
      headers: headersOf({
        '__connect.errors.topic': 'orders-v2',
        '__connect.errors.stage': 'player',
        '__connect.errors.exception.message': 'not JSON',
        'freshet.reason': 'not-json',
        'freshet.file': 'orders.ndjson',
        'freshet.line': '12',
      }),
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
