import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../lib/adapters/system.ts';
import { buildPipeline } from '../../lib/build/build-pipeline.ts';
import { topicIn } from '../../lib/core/contract/resolved.ts';
import { isFault, readChainedEnvelope } from '../../lib/core/envelope.ts';
import type { EventLog } from '../../lib/core/ports/event-log.ts';
import { lastHeader, textOf, type OutputRecord } from '../../lib/core/record.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { openPlatform } from '../../lib/local/platform.ts';
import { TopicTail } from '../../lib/local/report/topic-tail.ts';
import { functionVariables } from '../../lib/local/run-environment.ts';
import { StageChain } from '../../lib/local/stages/stage-chain.ts';
import { wantedTopics } from '../../lib/ops/topics/wanted-topics.ts';
import { localRegion } from '../services/dynamodb-local.ts';
import { KafkaBroker } from '../services/kafka-broker.ts';
import { startBareHops } from './bare-hops.ts';
import type { Bench, Figure } from './bench.ts';
import { FakeDynamoDbServer } from './dynamodb/fake.ts';
import { benchHeader, monthFolder, publications, recordedMonth } from './recorded-month.ts';
import { quantile } from './statistics.ts';

const root = resolve(import.meta.dirname, '../..');
const environment = 'bench';
const perSecond = 20;
const inRound = 160;
const rounds = 3;
const patienceMs = 30_000;

/** Publishes at an even pace, each record alone. */
const publish = async (log: EventLog, records: readonly OutputRecord[]): Promise<void> => {
  const startedAt = performance.now();
  const sent: Promise<unknown>[] = [];
  for (const [index, record] of records.entries()) {
    const waitMs = startedAt + (index * 1_000) / perSecond - performance.now();
    if (waitMs > 0) await delay(waitMs);
    const now = new Date();
    const headers = record.headers.map((header) =>
      header.name === 'ce_time' ? benchHeader('ce_time', now.toISOString()) : header,
    );
    sent.push(log.produce([{ ...record, headers }]));
  }
  await Promise.all(sent);
};

/** Waits until a count is reached. @throws {Error} where it is not in time */
const until = async (what: string, wanted: number, count: () => Promise<number>): Promise<void> => {
  const giveUpAt = Date.now() + patienceMs;
  for (let got = await count(); got < wanted; got = await count()) {
    if (Date.now() > giveUpAt)
      throw new Error(`${what}: ${got} after ${patienceMs / 1_000} s, expected ${wanted}`);
    await delay(20);
  }
};

const timeOf = (headers: OutputRecord['headers'], name: string): number =>
  Date.parse(textOf(lastHeader(headers, name) ?? new Uint8Array()));

const told = (values: readonly number[]): string =>
  `p50 ${quantile(values, 0.5).toFixed(0)} ms, p99 ${quantile(values, 0.99).toFixed(0)} ms`;

/** From the publication of an event until what came of it is appended after three stages, or after three bare hops. */
export const latency: Bench = {
  name: 'latency',
  title: `Three stages end to end on a real broker, ${perSecond} events a second`,
  run: async ({ say }) => {
    const broker = await KafkaBroker.start();
    const dynamodb = await FakeDynamoDbServer.start();
    const folder = await mkdtemp(join(tmpdir(), 'freshet-bench-'));
    const receiver = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(204).end());
    });
    await new Promise<void>((listening) => void receiver.listen(0, '127.0.0.1', listening));
    const stops: (() => Promise<void>)[] = [];
    try {
      const built = await buildPipeline({ root, pipelineFolder: monthFolder, outFolder: folder });
      const platform = await openPlatform({
        folder,
        contract: built.contract,
        environment,
        kafka: {
          bootstrap: [broker.bootstrap],
          auth: { kind: 'none' },
          authText: 'none',
          region: undefined,
          profile: undefined,
        },
        dynamodb: { endpoint: dynamodb.endpoint, region: localRegion, profile: undefined },
      });
      stops.push(async () => platform.close());
      await platform.log.createTopics(wantedTopics(built.contract, environment));
      const bareTopics = ['bare.0', 'bare.1', 'bare.2', 'bare.3'];
      const [shape] = wantedTopics(built.contract, environment);
      if (shape === undefined) throw new Error('a pipeline without topics');
      await platform.log.createTopics(bareTopics.map((name) => ({ ...shape, name })));
      const { port } = receiver.address() as AddressInfo;
      const chain: StageChain = new StageChain({
        built,
        environment,
        variables: functionVariables({
          environment,
          platform: platform.variables,
          params: built.params,
          known: { WARNINGS_URL: `http://127.0.0.1:${port}` },
          variables: {},
        }),
        bucketFolder: folder,
        platform,
        clock: systemClock,
        chaos: undefined,
        onCommitted: () => {},
        onThrown: () => {},
        onLine: () => {},
        onInvoked: () => {},
      });
      await chain.start();
      stops.push(() => chain.stop());
      stops.push(await startBareHops(broker.bootstrap, bareTopics));
      const { recording, source } = await recordedMonth();
      const boardings = source.filter((item) => item.kind === 'event' && item.event.type === 'boarding');
      const records = [
        ...publications(
          boardings.slice(0, inRound * (rounds + 1)),
          recording,
          environment,
          { share: 1, copies: 1, keys: 1 },
          epochMsOf(Date.now()),
        ),
      ];
      const outcomes = new TopicTail(platform.log, topicIn(environment, built.contract.outcomes));
      const copies = new TopicTail(platform.log, bareTopics.at(-1) ?? '');
      const stageMs: number[] = [];
      const bareMs: number[] = [];
      const segments = new Map<string, number[]>();
      let ended = 0;
      let copied = 0;
      for (let round = 0; round <= rounds; round += 1) {
        const piece = records.slice(round * inRound, (round + 1) * inRound);
        // The first warms up both.
        const isCounted = round > 0;
        await publish(platform.log, piece);
        await until('outcomes', (round + 1) * inRound, async () => {
          await outcomes.follow((record) => {
            ended += 1;
            const envelope = readChainedEnvelope(record);
            assert.ok(!isFault(envelope));
            if (!isCounted) return;
            stageMs.push(record.timestamp - envelope.origin.time);
            for (const { stage, appendMs, receiveMs, processMs, externalMs } of envelope.hops)
              for (const [name, ms] of Object.entries({
                append: appendMs,
                receive: receiveMs,
                process: processMs,
                external: externalMs,
              }))
                segments.set(`${stage}.${name}`, [...(segments.get(`${stage}.${name}`) ?? []), ms]);
            segments.set('outcome.append', [
              ...(segments.get('outcome.append') ?? []),
              record.timestamp - envelope.publishedAt,
            ]);
          });
          return ended;
        });
        await publish(
          platform.log,
          piece.map((record) => ({ ...record, topic: bareTopics[0] ?? '' })),
        );
        await until('copies', (round + 1) * inRound, async () => {
          await copies.follow((record) => {
            copied += 1;
            if (isCounted) bareMs.push(record.timestamp - timeOf(record.headers, 'ce_time'));
          });
          return copied;
        });
        say(
          isCounted
            ? `${round} of ${rounds} rounds: stages ${told(stageMs)}; bare hops ${told(bareMs)}`
            : 'both are warm',
        );
      }
      // Nothing was done twice, and nothing was lost.
      assert.equal(ended, records.length);
      assert.equal(copied, records.length);
      const bySegment = [...segments]
        .map(([name, values]) => ({ name, p50: quantile(values, 0.5), p99: quantile(values, 0.99) }))
        .filter(({ p99 }) => p99 > 0)
        .map(({ name, p50, p99 }) => `${name} ${p50}/${p99}`);
      const figures: Figure[] = [
        { what: 'three stages', value: told(stageMs) },
        { what: 'three bare produce–consume hops', value: told(bareMs) },
        {
          what: 'ratio',
          value: [0.5, 0.99]
            .map(
              (share) =>
                `p${share * 100} ${(quantile(stageMs, share) / quantile(bareMs, share)).toFixed(1)}×`,
            )
            .join(', '),
        },
        { what: 'where the time goes: p50/p99 in ms', value: bySegment.join(', ') },
      ];
      return { figures, goals: [] };
    } finally {
      for (const stop of stops.toReversed()) await stop();
      receiver.close();
      receiver.closeAllConnections();
      await Promise.all([broker.remove(), dynamodb.stop()]);
      await rm(folder, { recursive: true, force: true });
    }
  },
};
