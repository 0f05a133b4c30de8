import { topicIn } from '../../../lib/core/contract/resolved.ts';
import { digestOf } from '../../../lib/core/digest.ts';
import { outputRecord } from '../../../lib/core/envelope.ts';
import type { LoggedRecord } from '../../../lib/core/ports/event-log.ts';
import { bytesOf, type OutputRecord } from '../../../lib/core/record.ts';
import { epochMsOf, toIso } from '../../../lib/core/units.ts';
import { kafkaEvent } from '../../../lib/local/event-source/event.ts';
import type { KafkaEvent } from '../../../lib/runtime/kafka-event.ts';
import { contract } from '../../fixtures/orders/contract.ts';

export const environment = 'bench';

const { resolved } = contract;
const cluster = { kind: 'self-managed', bootstrapServers: ['127.0.0.1:9'] } as const;

export interface OrdersOptions {
  readonly count: number;
  /** Of the first order: orders of different numbers are different. */
  readonly from: number;
  /** Whether the decisions are to hold: each is one request to the outside. */
  readonly hold?: boolean;
  /** Over how many customers the orders are spread. @default as many as orders */
  readonly customers?: number;
}

const logged = (record: OutputRecord, offset: number): LoggedRecord => ({
  ...record,
  partition: 0,
  offset,
  timestamp: epochMsOf(Date.now()),
  timestampType: 'LOG_APPEND_TIME',
});

const eventOf = (records: readonly OutputRecord[], { from }: OrdersOptions): KafkaEvent =>
  kafkaEvent(
    cluster,
    records.map((record, index) => logged(record, from + index)),
  );

const orders = ({ count, from, customers = count }: OrdersOptions) =>
  Array.from({ length: count }, (_, index) => ({
    order: `order-${from + index}`,
    customer: `customer-${from + (index % customers)}`,
  }));

/** A batch of the source topic: one line to each order. */
export const placedOrders = (options: OrdersOptions): KafkaEvent =>
  eventOf(
    orders(options).map(({ order, customer }) => ({
      topic: topicIn(environment, resolved.source),
      key: bytesOf(customer),
      value: bytesOf(
        JSON.stringify({
          eventId: order,
          kind: 'placed',
          customer,
          order,
          at: toIso(epochMsOf(Date.now())),
          lines: [{ sku: 'lamp', quantity: 2, unitCents: 1_950 }],
        }),
      ),
      headers: [{ name: 'content-type', value: bytesOf('application/json') }],
    })),
    options,
  );

const chained = (
  stage: 'features' | 'inference',
  body: Readonly<Record<string, unknown>> & { readonly order: string; readonly customer: string },
): OutputRecord => {
  const now = epochMsOf(Date.now());
  return outputRecord({
    pipeline: resolved.pipeline,
    stage,
    topic: topicIn(environment, stage === 'features' ? resolved.vectors : resolved.decisions),
    key: bytesOf(body.customer),
    type: stage === 'features' ? 'vector' : 'decision',
    body: JSON.stringify(body),
    input: {
      identity: { source: '/shop/orders', id: body.order },
      type: 'placed',
      publishedAt: now,
      correlationId: `/shop/orders#${body.order}`,
      origin: { time: now, append: now, digest: digestOf(body.order) },
      expiry: epochMsOf(now + resolved.deadlineMs),
      sequence: 1,
      trace: { traceparent: undefined, tracestate: undefined },
      hops: [],
      flags: [],
    },
    index: undefined,
    now,
    hop: { stage, appendMs: 1, receiveMs: 2, processMs: 3, externalMs: 0 },
    sequence: 1,
    flags: [],
    extensions: { rowversion: 1, rowdigest: digestOf(body.customer) },
  });
};

/** A batch of the vectors' topic, as features writes it. */
export const vectors = (options: OrdersOptions): KafkaEvent =>
  eventOf(
    orders(options).map((order) =>
      chained('features', {
        ...order,
        sku: 'lamp',
        quantity: 2,
        amountCents: 3_900,
        meanLineCents: 2_400,
        cancelledShare: 0.1,
      }),
    ),
    options,
  );

/** A batch of the decisions' topic, as inference writes it. */
export const decisions = (options: OrdersOptions): KafkaEvent =>
  eventOf(
    orders(options).map((order) =>
      chained('inference', { ...order, hold: options.hold === true, score: 0.3, sku: 'lamp' }),
    ),
    options,
  );
