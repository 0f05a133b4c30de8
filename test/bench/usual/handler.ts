/** An inference stage of the usual parts, each as its documentation shows it. */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit, Metrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import { Kafka, logLevel } from 'kafkajs';

interface KafkaEvent {
  readonly records: Readonly<
    Record<
      string,
      readonly {
        readonly key: string;
        readonly value: string;
        readonly offset: number;
        readonly partition: number;
      }[]
    >
  >;
}

interface LineVector {
  readonly quantity: number;
  readonly amountCents: number;
  readonly meanLineCents: number;
  readonly cancelledShare: number;
}

const logger = new Logger({ serviceName: 'inference' });
const metrics = new Metrics({ namespace: 'usual', serviceName: 'inference' });
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'powertools' });
const config = new IdempotencyConfig({ throwOnNoIdempotencyKey: true });

const region = process.env['MSK_REGION'];
const kafka = new Kafka({
  clientId: 'inference',
  brokers: (process.env['BROKERS'] ?? '').split(','),
  logLevel: logLevel.ERROR,
  ...(region === undefined
    ? {}
    : {
        ssl: true,
        sasl: {
          mechanism: 'oauthbearer',
          oauthBearerProvider: async () => ({ value: (await generateAuthToken({ region })).token }),
        },
      }),
});
const producer = kafka.producer();
let connected: Promise<void> | undefined;

const decide = makeIdempotent(
  async (_id: string, { quantity, amountCents, meanLineCents, cancelledShare }: LineVector) => {
    const unusual = meanLineCents === 0 ? 0 : amountCents / meanLineCents;
    const score = Math.min(1, quantity / 20 + unusual / 10 + cancelledShare / 2);
    return { hold: score >= 0.5, score };
  },
  { persistenceStore, config, dataIndexArgument: 0 },
);

export const handler = async (
  event: KafkaEvent,
  context: Context,
): Promise<{ readonly batchItemFailures: readonly [] }> => {
  config.registerLambdaContext(context);
  connected ??= producer.connect();
  await connected;
  const records = Object.values(event.records).flat();
  const messages = await Promise.all(
    records.map(async ({ key, value, partition, offset }) => ({
      key: Buffer.from(key, 'base64'),
      value: JSON.stringify(
        await decide(
          `${partition}/${offset}`,
          JSON.parse(Buffer.from(value, 'base64').toString()) as LineVector,
        ),
      ),
    })),
  );
  await producer.send({ topic: process.env['OUTPUT_TOPIC'] ?? '', acks: -1, messages });
  metrics.addMetric('Decisions', MetricUnit.Count, messages.length);
  metrics.publishStoredMetrics();
  logger.info('batch done', { records: records.length });
  return { batchItemFailures: [] };
};
