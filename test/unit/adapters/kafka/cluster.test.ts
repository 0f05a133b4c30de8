import { describe, expect, it } from 'vitest';
import { Cluster } from '../../../../lib/adapters/kafka/cluster.ts';
import { KafkaFault } from '../../../../lib/adapters/kafka/faults.ts';
import { systemClock } from '../../../../lib/adapters/system.ts';
import { ConfigError } from '../../../../lib/core/errors.ts';

const explained = new ConfigError('AUTHENTICATION_REFUSED', { message: 'wrong password' });

/** A cluster that lets nobody in; which addresses were tried. */
const closedCluster = () => {
  const tried: string[] = [];
  const cluster = new Cluster({
    bootstrap: ['b-1.example.com:9096'],
    clientId: 'test',
    connect: {
      attempt: async (address) => {
        tried.push(address);
        throw explained;
      },
    },
    clock: systemClock,
    timeoutMs: 60_000,
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 1_000,
    idleMs: 1_000,
    versions: 'newest',
  });
  return { cluster, tried };
};

describe('a cluster that lets nobody in', () => {
  it('is a fault that no retry mends, so that a producer gives up in good order', async () => {
    const { cluster, tried } = closedCluster();
    const fault: unknown = await cluster.metadata([]).catch((thrown: unknown) => thrown);
    expect(fault).toBeInstanceOf(KafkaFault);
    expect(fault).toMatchObject({ canRetry: false, cause: explained });
    expect(tried).toEqual(['b-1.example.com:9096']);
  });

  it('is told with the explanation, at once', async () => {
    const { cluster, tried } = closedCluster();
    await expect(cluster.attempt('the topics', () => cluster.metadata([]))).rejects.toBe(explained);
    expect(tried).toHaveLength(1);
  });
});
