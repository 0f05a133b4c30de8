/** What is published, and by whom. */
import { topicIn, type ResolvedSource } from '../../core/contract/resolved.ts';
import { bytesOf } from '../../core/record.ts';
import { toIso, type EpochMs } from '../../core/units.ts';
import { memberOf } from '../event.ts';
import { environment, type Deployment } from './deployment.ts';

/** A record of a source or a context, as it stands in the log: the truth that the checks measure against. */
export interface Published {
  readonly event: unknown;
  /** Text of the Kafka key. */
  readonly entity: string;
  readonly id: string;
  readonly type: string;
  /** Name of the context; `undefined` for the source. */
  readonly context: string | undefined;
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  readonly at: EpochMs;
}

export interface Publisher {
  /** In the order of their appends. */
  readonly published: readonly Published[];
  /** Whether there is nothing more to publish. */
  readonly isDone: boolean;
  publish(): void;
  /** Whether so much time may pass without leaving what is promised. */
  mayPass(ms: number): boolean;
}

/** What a producer sends. */
export interface Publication {
  readonly context: string | undefined;
  readonly type: string;
  readonly id: string;
  readonly event: object;
}

/** Where the producer of a context, or of the source, writes. */
const sourceOf = ({ contract }: Deployment, context: string | undefined): ResolvedSource => {
  if (context === undefined) return contract.source;
  const known = contract.context[context];
  if (known === undefined) throw new Error(`the simulation has no context ${context}`);
  return known.source;
};

/** Appends what a producer sends. */
export const append = (
  deployment: Deployment,
  { context, type, id, event }: Publication,
): Published | undefined => {
  const { world, broker } = deployment;
  const source = sourceOf(deployment, context);
  const topic = topicIn(environment, source);
  const key = memberOf(event, source.key);
  const entity = typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: '/producer',
    ce_type: type,
    ce_time: toIso(world.now),
  };
  const appended = broker.append('producer', {
    topic,
    key: entity === undefined ? null : bytesOf(entity),
    value: bytesOf(JSON.stringify(event)),
    // Producers of plain JSON have their identity in the data, where the contract's mapping finds it.
    headers:
      source.identify === null
        ? Object.entries(headers).map(([name, value]) => ({ name, value: bytesOf(value) }))
        : [],
  });
  if (appended.kind !== 'acked') return undefined;
  const { partition, offset } = appended;
  world.tell(() => `${type} ${id} is published at ${partition}/${offset}: ${JSON.stringify(event)}`);
  return {
    event,
    entity: entity ?? '',
    id,
    type,
    context,
    topicId: broker.topic(topic).id,
    partition,
    offset,
    at: world.now,
  };
};
