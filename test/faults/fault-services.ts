import { DynamoDbLocal } from '../services/dynamodb-local.ts';
import { KafkaBroker } from '../services/kafka-broker.ts';
import { connectLocal, freshTables } from '../support/dynamodb-tables.ts';
import { KafkaProxy } from './kafka-proxy.ts';
import { until } from './waiting.ts';

/** A broker with a proxy that its clients are told to use, and DynamoDB Local. */
export interface FaultServices {
  readonly broker: KafkaBroker;
  readonly kafka: KafkaProxy;
  readonly dynamodb: DynamoDbLocal;
  stop(): Promise<void>;
}

/** Its first tables take a cold DynamoDB Local longer than a client waits on a busy machine: that is none of the faults. */
const warmUp = async ({ endpoint }: DynamoDbLocal): Promise<void> => {
  const connection = connectLocal(endpoint);
  try {
    await until('DynamoDB Local to make tables', 60_000, () =>
      freshTables(connection).then(
        () => true,
        () => false,
      ),
    );
  } finally {
    connection.client.destroy();
  }
};

export const startFaultServices = async (): Promise<FaultServices> => {
  const kafka = await KafkaProxy.start();
  const started: { stop(): Promise<void> }[] = [{ stop: () => kafka.close() }];
  const stop = async (): Promise<void> => {
    for (const one of started.toReversed()) await one.stop();
  };
  try {
    const broker = await KafkaBroker.start({
      listeners: [{ name: 'PROXIED', protocol: 'PLAINTEXT', properties: {}, advertised: kafka.address }],
    });
    started.push({ stop: () => broker.remove() });
    kafka.target = Number(broker.addressOf('PROXIED').split(':')[1]);
    const dynamodb = await DynamoDbLocal.start();
    started.push(dynamodb);
    await warmUp(dynamodb);
    return { broker, kafka, dynamodb, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};
