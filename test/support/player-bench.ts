import { beforeEach } from 'vitest';
import type { Embedded } from '../../lib/adapters/sqlite/embedded.ts';
import type { Clock, Timer } from '../../lib/core/ports/clock.ts';
import { groupIn, topicIn } from '../../lib/core/contract/resolved.ts';
import { lastHeader, textOf } from '../../lib/core/record.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { Lane, laneTopics } from '../../lib/local/player/lane.ts';
import type { Speed } from '../../lib/local/player/pace.ts';
import { Player } from '../../lib/local/player/player.ts';
import { publisherOf } from '../../lib/local/player/publication.ts';
import type { PlayItem, Playlists } from '../../lib/local/recording/playlist.ts';
import { wantedTopics } from '../../lib/ops/topics/wanted-topics.ts';
import { recording } from '../fixtures/meters/recording.ts';
import { temporaryEmbeddedFolder, type EmbeddedFolder } from './embedded-folder.ts';

const { contract } = recording;
export const hour = 3_600_000;
const leadMs = 4 * hour;
export const sourceTopic = topicIn('dev', contract.source);
export const weatherTopic = 'dev.energy.weather.observed';

export const event = (to: 'source' | 'weather', id: string, atHour: number): PlayItem => ({
  kind: 'event',
  to,
  at: epochMsOf(atHour * hour),
  event: {
    to,
    type: to === 'source' ? 'reading' : 'observed',
    id,
    at: epochMsOf(atHour * hour),
    data: { district: id, n: 1 },
  },
});
export const badLine = (atHour: number, line = 7): PlayItem => ({
  kind: 'rejected',
  to: 'source',
  at: epochMsOf(atHour * hour),
  reason: 'not-json',
  message: 'no JSON',
  file: 'meters.ndjson',
  line,
  bytes: new TextEncoder().encode('{oops'),
});

/** Timers never elapse by themselves: the player goes on only by hints, or when a test lets it. */
const handClock = (): Clock & { pass(ms: number): void } => {
  const waiting = new Set<() => void>();
  let now = Date.parse('2026-01-01T00:00:00Z');
  return {
    now: () => epochMsOf(now),
    timer: (): Timer => {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      return { elapsed: promise, cancel: () => waiting.delete(resolve) };
    },
    pass: (ms) => {
      now += ms;
      for (const resolve of waiting) resolve();
    },
  };
};

export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};

/** A player over an embedded log of its own, new for each test. */
export interface PlayerBench {
  readonly state: EmbeddedFolder;
  readonly embedded: Embedded;
  /** Ids of what is in a topic, sorted. */
  readonly published: (topic: string) => Promise<readonly string[]>;
  readonly lanesOf: (lists: Playlists) => Promise<Lanes>;
  /** Plays until nothing more can happen by itself. */
  readonly started: (
    lists: Playlists,
    options?: { readonly room?: () => number; readonly speed?: Speed },
  ) => Promise<Started>;
  /** Commits all that is in a topic, as its stage does. */
  readonly commitSource: (player: Player) => Promise<void>;
  readonly commitWeather: (player: Player) => Promise<void>;
}

interface Lanes {
  readonly source: Lane;
  readonly context: Lane;
}

interface Started {
  readonly player: Player;
  readonly lanes: Lanes;
  readonly over: Promise<void>;
  readonly clock: ReturnType<typeof handClock>;
}

export const playerBench = (): PlayerBench => {
  let state: EmbeddedFolder;
  let embedded: Embedded;
  beforeEach(async () => {
    state = temporaryEmbeddedFolder();
    embedded = state.open();
    await embedded.log.createTopics(wantedTopics(contract, 'dev'));
  });

  const published = async (topic: string): Promise<readonly string[]> => {
    const ranges = await embedded.log.offsets(topic);
    const pages = await Promise.all(
      ranges.map(({ partition }) =>
        embedded.log.read({ topic, partition, from: 0, maxRecords: 100, maxBytes: 1e9 }),
      ),
    );
    return pages
      .flat()
      .map(({ headers }) => textOf(lastHeader(headers, 'ce_id') ?? new Uint8Array()))
      .toSorted();
  };

  const lanesOf = async (lists: Playlists): Promise<Lanes> => {
    const publisher = publisherOf(recording, 'dev');
    const [source, context] = (['source', 'context'] as const).map(
      (name) => new Lane(lists[name], laneTopics(contract, name, 'dev'), embedded, publisher),
    ) as [Lane, Lane];
    await Promise.all([source.resume(), context.resume()]);
    return { source, context };
  };

  const started = async (
    lists: Playlists,
    options: { room?: () => number; speed?: Speed } = {},
  ): Promise<Started> => {
    const lanes = await lanesOf(lists);
    const clock = handClock();
    const player = new Player({
      ...lanes,
      speed: options.speed ?? { kind: 'fast' },
      clock,
      leadMs,
      room: async () => options.room?.() ?? Number.POSITIVE_INFINITY,
      onPublished: () => {},
    });
    const over = player.play();
    await settle();
    return { player, lanes, over, clock };
  };

  const commitAll = async (player: Player, topic: string, group: string): Promise<void> => {
    const offsets = (await embedded.log.offsets(topic)).map(({ partition, end }) => ({
      topic,
      partition,
      offset: end,
    }));
    await embedded.groups.commit(group, offsets);
    player.committed(offsets);
    await settle();
  };
  const commitSource = (player: Player): Promise<void> =>
    commitAll(player, sourceTopic, groupIn('dev', contract.features.mapping));
  const commitWeather = (player: Player): Promise<void> =>
    commitAll(player, weatherTopic, `dev.${contract.pipeline}.context-weather`);

  return {
    get state() {
      return state;
    },
    get embedded() {
      return embedded;
    },
    published,
    lanesOf,
    started,
    commitSource,
    commitWeather,
  };
};
