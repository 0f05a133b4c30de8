import { DynamoDbLocal } from '../services/dynamodb-local.ts';
import { KafkaBroker } from '../services/kafka-broker.ts';
import { warmDynamoDb } from '../support/warm-dynamodb.ts';
import { KafkaProxy } from './kafka-proxy.ts';

/** A broker with a proxy that its clients are told to use, and DynamoDB Local. */
export interface FaultServices {
  readonly broker: KafkaBroker;
  readonly kafka: KafkaProxy;
  readonly dynamodb: DynamoDbLocal;
  stop(): Promise<void>;
}

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
    await warmDynamoDb(dynamodb);
    return { broker, kafka, dynamodb, stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
};
