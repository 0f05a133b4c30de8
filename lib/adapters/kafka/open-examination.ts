import type { ClusterExamination } from '../../core/ports/examination.ts';
import type { EventLog } from '../../core/ports/event-log.ts';
import { AppendWatches } from './append-watches.ts';
import { Cluster } from './cluster.ts';
import { settingsOf, type KafkaOptions } from './cluster-settings.ts';
import { KafkaEventLog } from './event-log.ts';
import { KafkaExamination } from './examination.ts';
import { KafkaProducer } from './producer.ts';

/** Longest time for one question: whoever looks for what is wrong meets what does not answer. */
const QUESTION_MS = 5_000;

export interface OpenedExamination {
  readonly examination: ClusterExamination;
  readonly log: EventLog;
  /** What is under way fails. Closing twice does no harm. */
  readonly close: () => void;
}

/** @throws {ConfigError} `ENVIRONMENT_INVALID` for an address that is none */
export const openExamination = (options: KafkaOptions): OpenedExamination => {
  const settings = settingsOf({ timeoutMs: QUESTION_MS, ...options });
  const cluster = new Cluster(settings);
  return {
    examination: new KafkaExamination(cluster, settings.clock, settings.timeoutMs),
    log: new KafkaEventLog(
      cluster,
      new KafkaProducer(cluster, settings),
      new AppendWatches(cluster, settings),
    ),
    close: () => cluster.close(),
  };
};
