import { describe, expect, it } from 'vitest';
import { lastHeader, textOf } from '../../../../lib/core/record.ts';
import type { OutputRecord } from '../../../../lib/core/record.ts';
import { epochMsOf } from '../../../../lib/core/units.ts';
import { playPosition } from '../../../../lib/local/player/play-mark.ts';
import { publisherOf } from '../../../../lib/local/player/publication.ts';
import type { PlayItem, Playlists } from '../../../../lib/local/recording/playlist.ts';
import { recording } from '../../../fixtures/meters/recording.ts';
import {
  badLine,
  event,
  hour,
  playerBench,
  settle,
  sourceTopic,
  weatherTopic,
} from '../../../support/player-bench.ts';

const { contract } = recording;
const bench = playerBench();

describe('the player', () => {
  it('publishes an event only when all context up to its time is committed', async () => {
    const { player, over } = await bench.started({
      source: [event('source', 's0', 0), event('source', 's1', 1), event('source', 's2', 2)],
      context: [event('weather', 'w1', 1), event('weather', 'w2', 3)],
    });
    // w1 is of the same instant as s1: a read at that instant would find it.
    expect(await bench.published(sourceTopic)).toEqual(['s0']);
    await bench.commitWeather(player);
    expect(await bench.published(sourceTopic)).toEqual(['s0', 's1', 's2']);
    await over;
    expect(player.isOver).toBe(true);
  });

  it('lets context run ahead of the committed source as far as it is kept, and no further', async () => {
    const { player, over } = await bench.started({
      source: [event('source', 's0', 0), event('source', 's5', 5)],
      context: [0, 4, 5, 9].map((at) => event('weather', `w${at}`, at)),
    });
    expect(await bench.published(weatherTopic)).toEqual(['w0', 'w4']);
    await bench.commitWeather(player);
    expect(await bench.published(sourceTopic)).toEqual(['s0']);
    // s0 is published, and not committed: its context must not be forgotten yet.
    expect(await bench.published(weatherTopic)).toEqual(['w0', 'w4']);
    await bench.commitSource(player);
    expect(await bench.published(weatherTopic)).toEqual(['w0', 'w4', 'w5', 'w9']);
    await bench.commitWeather(player);
    expect(await bench.published(sourceTopic)).toEqual(['s0', 's5']);
    await over;
  });

  it('takes no more than there is room for', async () => {
    let room = 2;
    const { player, over } = await bench.started(
      { source: [0, 1, 2, 3].map((at) => event('source', `s${at}`, at)), context: [] },
      {
        room: () => {
          const given = room;
          room = 0;
          return given;
        },
      },
    );
    expect(await bench.published(sourceTopic)).toEqual(['s0', 's1']);
    room = 9;
    await bench.commitSource(player);
    await over;
    expect(await bench.published(sourceTopic)).toEqual(['s0', 's1', 's2', 's3']);
  });

  it('shows the simulated clock, also while nothing is due', async () => {
    const { player, over, clock } = await bench.started(
      { source: [event('source', 's0', 0), event('source', 's9', 9)], context: [] },
      { speed: { kind: 'paced', factor: 3_600 } },
    );
    expect(player.simulated).toBe(0);
    clock.pass(250);
    await settle();
    expect(player.simulated).toBe(hour / 4);
    expect(await bench.published(sourceTopic)).toEqual(['s0']);
    player.stop();
    await over;
  });

  it('stops when it is told to', async () => {
    const { player, over } = await bench.started(
      { source: [event('source', 's0', 0)], context: [] },
      { room: () => 0 },
    );
    player.stop();
    await over;
    expect(player.isOver).toBe(false);
  });

  it('publishes a bad line as a dead letter of its topic, with reason, file and line', async () => {
    const { over } = await bench.started({ source: [event('source', 's0', 0), badLine(0)], context: [] });
    await over;
    const [letter] = await bench.embedded.log.read({
      topic: 'dev.energy.meter.read.dlq',
      partition: 0,
      from: 0,
      maxRecords: 9,
      maxBytes: 1e9,
    });
    const header = (name: string): string | undefined => {
      const value = lastHeader(letter?.headers ?? [], name);
      return value && textOf(value);
    };
    expect(textOf(letter?.value ?? new Uint8Array())).toBe('{oops');
    expect([header('freshet.reason'), header('freshet.file'), header('freshet.line')]).toEqual([
      'not-json',
      'meters.ndjson',
      '7',
    ]);
    expect(header('__connect.errors.topic')).toBe('dev.energy.meter.read');
    expect(await bench.published(sourceTopic)).toEqual(['s0']);
  });

  it('publishes an event as a CloudEvent that was published now', async () => {
    const { over } = await bench.started({ source: [event('source', 's0', 0)], context: [] });
    await over;
    const pages = await Promise.all(
      [0, 1, 2, 3].map((partition) =>
        bench.embedded.log.read({ topic: sourceTopic, partition, from: 0, maxRecords: 9, maxBytes: 1e9 }),
      ),
    );
    const [record] = pages.flat();
    const headers = Object.fromEntries(
      (record?.headers ?? []).map(({ name, value }) => [name, textOf(value)]),
    );
    expect(headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: 's0',
      ce_source: '/grid/meters',
      ce_type: 'reading',
      ce_time: '2026-01-01T00:00:00.000Z',
      'content-type': 'application/json',
    });
    expect(textOf(record?.key ?? new Uint8Array())).toBe('s0');
    expect(JSON.parse(textOf(record?.value ?? new Uint8Array()))).toEqual({ district: 's0', n: 1 });
  });
});

describe('an interrupted play', () => {
  const lists: Playlists = {
    source: [
      event('source', 's0', 0),
      badLine(0),
      event('source', 's1', 1),
      badLine(1, 8),
      event('source', 's6', 6),
    ],
    context: [event('weather', 'w0', 0), event('weather', 'w9', 9)],
  };

  it('goes on where the log ends, and knows what is not committed', async () => {
    let room = 2;
    const first = await bench.started(lists, {
      room: () => {
        const given = room;
        room = 0;
        return given;
      },
    });
    await bench.commitWeather(first.player);
    first.player.stop();
    await first.over;
    expect(first.lanes.source.next).toBe(2);

    const again = await bench.lanesOf(lists);
    expect([again.source.next, again.context.next]).toEqual([2, 1]);
    expect(again.source.committedUpTo).toBe(0);
    expect(again.context.committedUpTo).toBe(9 * hour);
    const second = await bench.started(lists);
    await bench.commitSource(second.player);
    await bench.commitWeather(second.player);
    await second.over;
    expect(await bench.published(sourceTopic)).toEqual(['s0', 's1', 's6']);
    expect(await bench.published(weatherTopic)).toEqual(['w0', 'w9']);
    expect((await bench.embedded.log.offsets('dev.energy.meter.read.dlq'))[0]?.end).toBe(2);
    const third = await bench.lanesOf(lists);
    expect([third.source.next, third.context.next]).toEqual([5, 2]);
  });

  it('publishes again from the first gap of a batch that was cut off', async () => {
    const publisher = publisherOf(recording, 'dev');
    const now = epochMsOf(0);
    const record = (index: number, batch: number, batchSize: number): OutputRecord =>
      publisher.recordOf(event('source', `s${index}`, index), { index, batch, batchSize }, now);
    await bench.embedded.log.produce([record(0, 0, 2), record(1, 0, 2), record(2, 2, 3), record(4, 2, 3)]);
    expect(await playPosition(bench.embedded.log, [sourceTopic])).toBe(3);
    await bench.embedded.log.produce([record(3, 3, 2), record(4, 3, 2)]);
    expect(await playPosition(bench.embedded.log, [sourceTopic])).toBe(5);
  });

  it('begins at the beginning of an empty log, and is not misled by records of others', async () => {
    expect(await playPosition(bench.embedded.log, [sourceTopic])).toBe(0);
    await bench.embedded.log.produce([{ topic: sourceTopic, key: null, value: null, headers: [] }]);
    expect(await playPosition(bench.embedded.log, [sourceTopic])).toBe(0);
  });
});

it('finds no room for an event above its topic’s size: a dead letter', () => {
  const publisher = publisherOf(recording, 'dev');
  const huge: PlayItem = {
    kind: 'event',
    to: 'source',
    at: epochMsOf(0),
    event: {
      to: 'source',
      type: 'reading',
      id: 'huge',
      at: epochMsOf(0),
      data: { district: 'x', text: 'x'.repeat(contract.source.maxRecordBytes) },
    },
  };
  const mark = { index: 0, batch: 0, batchSize: 1 };
  const record = publisher.recordOf(huge, mark, epochMsOf(0));
  expect(publisher.isRejected(huge)).toBe(true);
  expect(record.topic).toBe('dev.energy.meter.read.dlq');
  expect(textOf(lastHeader(record.headers, 'freshet.reason') ?? new Uint8Array())).toBe('oversize');
});

describe('a player that is controlled', () => {
  /** An hour takes 100 ms. */
  const speed = { kind: 'paced', factor: hour / 100 } as const;
  const lists = {
    source: [event('source', 's0', 0), event('source', 's1', 1), event('source', 's2', 200)],
    context: [],
  };

  it('publishes nothing while it is paused, and the time of the pause does not pass', async () => {
    const { player, clock, over } = await bench.started(lists, { speed });
    expect(await bench.published(sourceTopic)).toEqual(['s0']);
    player.pause();
    for (let step = 0; step < 5; step += 1) {
      clock.pass(200);
      await settle();
    }
    expect(player.isPaused).toBe(true);
    expect(player.simulated).toBe(0);
    expect(await bench.published(sourceTopic)).toEqual(['s0']);
    player.resume();
    await settle();
    expect(player.isPaused).toBe(false);
    expect(await bench.published(sourceTopic)).toEqual(['s0']);
    clock.pass(100);
    await settle();
    expect((await bench.published(sourceTopic)).toSorted()).toEqual(['s0', 's1']);
    player.stop();
    await over;
  });

  it('stands while work has the machine for itself, and goes on when it is done or has failed', async () => {
    const { player, clock, over } = await bench.started(lists, { speed });
    for (const end of ['done', 'failed'] as const) {
      const before = await bench.published(sourceTopic);
      const work = Promise.withResolvers<string>();
      const held = player.heldWhile(() => work.promise);
      for (let step = 0; step < 5; step += 1) {
        clock.pass(200);
        await settle();
      }
      // Nobody has paused it.
      expect(player.isPaused).toBe(false);
      expect(await bench.published(sourceTopic)).toEqual(before);
      if (end === 'done') work.resolve('bundled');
      else work.reject(new Error('no bundle'));
      expect(await held.catch(String)).toBe(end === 'done' ? 'bundled' : 'Error: no bundle');
      clock.pass(100);
      await settle();
      expect((await bench.published(sourceTopic)).toSorted()).toEqual(['s0', 's1']);
    }
    player.stop();
    await over;
  });

  it('stays paused when work is done that had the machine for itself', async () => {
    const { player, clock, over } = await bench.started(lists, { speed });
    player.pause();
    await player.heldWhile(async () => 'bundled');
    clock.pass(200);
    await settle();
    expect(player.isPaused).toBe(true);
    expect(await bench.published(sourceTopic)).toEqual(['s0']);
    player.stop();
    await over;
  });

  it('goes on at another speed at once', async () => {
    const { player, over } = await bench.started(lists, { speed });
    player.speed = { kind: 'fast' };
    await over;
    expect(player.speed).toEqual({ kind: 'fast' });
    expect((await bench.published(sourceTopic)).toSorted()).toEqual(['s0', 's1', 's2']);
  });
});
