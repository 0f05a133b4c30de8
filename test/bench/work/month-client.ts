/** The month through all stages, in a process of its own. */
import { openKafka } from '../../../lib/adapters/kafka/kafka.ts';
import { systemClock } from '../../../lib/adapters/system.ts';
import { contextStageName, type StageName } from '../../../lib/core/contract/resolved.ts';
import type { OutputRecord } from '../../../lib/core/record.ts';
import { epochMsOf } from '../../../lib/core/units.ts';
import { wantedTopics } from '../../../lib/ops/topics/wanted-topics.ts';
import { publications, recordedMonth, type Multiples } from '../recorded-month.ts';
import { drainStage, type PipelineStages, type StageBooks } from './month-stages.ts';
import { PhaseMeter } from './phases.ts';

export interface MonthTask extends Multiples {
  readonly bootstrap: string;
  readonly endpoint: string;
  readonly environment: string;
  /** Absolute path of the pipeline's folder. */
  readonly folder: string;
}

export interface MonthAnswer {
  readonly published: number;
  readonly stages: Readonly<Record<string, StageBooks>>;
  /** By `<stage>.<phase>`; `mapping` is what Lambda's pollers would do. */
  readonly cpuMicros: Readonly<Record<string, number>>;
}

const task = JSON.parse(process.argv[2] ?? '') as MonthTask;
const pieceSize = 2_000;

/** Slow: a day of this clock takes as long as the run, and more. */
const clockRate = 1_000;

const run = async (): Promise<MonthAnswer> => {
  const { bootstrap, endpoint, environment, folder } = task;
  const load = async <Name extends keyof PipelineStages>(name: Name): Promise<PipelineStages[Name]> =>
    ((await import(`${folder}/${name}.ts`)) as Pick<PipelineStages, Name>)[name];
  const [features, inference, action] = [
    await load('features'),
    await load('inference'),
    await load('action'),
  ];
  const kafka = openKafka({ bootstrap: [bootstrap], clientId: 'bench', clock: systemClock });
  const { recording, contract, source, context } = await recordedMonth();
  await kafka.log.createTopics(wantedTopics(contract, environment));
  const publishedAt = Date.now();
  let published = 0;
  for (const items of [context, source]) {
    let piece: OutputRecord[] = [];
    const flush = async (): Promise<void> => {
      for (const result of await kafka.log.produce(piece))
        if (result.kind !== 'acked') throw new Error(result.kind);
      published += piece.length;
      piece = [];
    };
    for (const record of publications(items, recording, environment, task, epochMsOf(publishedAt))) {
      piece.push(record);
      if (piece.length === pieceSize) await flush();
    }
    await flush();
  }
  const drainedFrom = Date.now();
  const now = () => epochMsOf(drainedFrom + Math.floor((Date.now() - drainedFrom) / clockRate));
  const meter = new PhaseMeter();
  const names: readonly StageName[] = [
    ...Object.keys(contract.context).map(contextStageName),
    'features',
    'inference',
    'action',
  ];
  const stages: Record<string, StageBooks> = {};
  for (const name of names)
    stages[name] = await drainStage(name, {
      stages: { features, inference, action },
      kafka,
      endpoint,
      environment,
      meter,
      now,
    });
  kafka.close();
  return { published, stages, cpuMicros: meter.micros };
};

process.send?.(await run(), () => process.exit(0));
