import { DynamoDbLocal } from './dynamodb-local.ts';
import { KafkaBroker } from './kafka-broker.ts';

/** What the pipeline runs on beside itself, as real processes on 127.0.0.1. */
export interface Services {
  readonly kafka: KafkaBroker;
  readonly dynamodb: DynamoDbLocal;
  stop(): Promise<void>;
}

/**
 * Starts all of them; resolves once each answers.
 *
 * @throws {ConfigError} `RUNTIME_UNSUPPORTED` where what they need is not installed
 */
export const startServices = async (): Promise<Services> => {
  const kafka = await KafkaBroker.start();
  try {
    const dynamodb = await DynamoDbLocal.start();
    return {
      kafka,
      dynamodb,
      stop: async () => {
        await Promise.all([kafka.remove(), dynamodb.stop()]);
      },
    };
  } catch (thrown) {
    await kafka.remove();
    throw thrown;
  }
};
