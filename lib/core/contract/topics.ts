import type { TSchema } from 'typebox';
import type { Duration } from '../units.ts';
import type { WireFormat } from './formats.ts';

/** Event type → schema of its data. */
export type EventSchemas = Readonly<Record<string, TSchema>>;

/**
 * How events without CloudEvents headers get an identity: producers that send plain JSON.
 * Each is the name of a member of the data, except `source`, which is a constant URI reference.
 */
export interface IdentifyMapping {
  readonly source: string;
  readonly id: string;
  /** Member that holds the event type. Default: the topic's only event type. */
  readonly type?: string;
  /** Member that holds the time of publication. Default: the record's timestamp. */
  readonly publishedAt?: string;
}

export interface TopicOptions<Events extends EventSchemas> {
  /** Member of the data whose value is the Kafka key: the entity, and the boundary of order (D8, K8). */
  readonly key: string;
  /** Member of the data that holds the event time, RFC 3339 with a zone. Folds and context use it, freshness never does. */
  readonly time: string;
  readonly events: Events;
  /** What its values are written in: `json()`, `avro()` or `protobuf(…)`. The events' schemas judge what they decode to. @default json() */
  readonly format?: WireFormat;
  /** What becomes of an event type that is not listed. @default 'dead-letter' */
  readonly unknown?: 'ignore' | 'dead-letter';
  /** @default CloudEvents headers `ce_source` and `ce_id`; else the record's coordinates, which do not survive migration */
  readonly identify?: IdentifyMapping;
  /** @default 6 */
  readonly partitions?: number;
  /** @default 7 days */
  readonly retention?: Duration;
  /** `segment.ms`: records outlive the retention by up to this. @default 1 day */
  readonly segment?: Duration;
  /** Largest record, in bytes. @default 1 MiB less 64 KiB, so that its dead letter fits a default broker */
  readonly maxRecordBytes?: number;
}

/** A topic as a contract names it: `topic(…)` is created by the deployment, `existingTopic(…)` is somebody else's. */
export interface TopicDefinition<Events extends EventSchemas = EventSchemas> {
  readonly kind: 'created' | 'existing';
  readonly name: string;
  readonly options: TopicOptions<Events>;
}

/**
 * A topic that the deployment creates, under `{environment}.{name}`.
 *
 * @param name - `{domain}.{entity}.{event-type}` (K1)
 */
export const topic = <const Events extends EventSchemas>(
  name: string,
  options: TopicOptions<Events>,
): TopicDefinition<Events> => ({ kind: 'created', name, options });

/** A topic that exists already, under exactly this name, which may be any that Kafka allows. */
export const existingTopic = <const Events extends EventSchemas>(
  name: string,
  options: TopicOptions<Events>,
): TopicDefinition<Events> => ({ kind: 'existing', name, options });
