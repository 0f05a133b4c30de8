import type { TestProject } from 'vitest/node';
import { startServices } from '../services/services.ts';
import { warmDynamoDb } from '../support/warm-dynamodb.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the broker that all integration tests share. */
    readonly kafka: string;
    /** Endpoint of the DynamoDB Local that all integration tests share. */
    readonly dynamodb: string;
  }
}

/** Starts the services once for all integration tests, and stops them after. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const services = await startServices();
  await warmDynamoDb(services.dynamodb).catch(async (thrown: unknown) => {
    await services.stop();
    throw thrown;
  });
  project.provide('kafka', services.kafka.bootstrap);
  project.provide('dynamodb', services.dynamodb.endpoint);
  return () => services.stop();
};
