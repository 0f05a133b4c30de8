import { beforeEach, describe, expect, it } from 'vitest';
import { readItems } from '../../../../lib/adapters/dynamodb/read-items.ts';
import { FakeDynamoDb, serviceError } from '../../../support/fake-dynamodb.ts';

let dynamo: FakeDynamoDb;
beforeEach(() => {
  dynamo = new FakeDynamoDb();
  for (let index = 0; index < 300; index += 1)
    dynamo.items.set(`k${index}`, { key: { S: `k${index}` }, n: { N: String(index) } });
});

const keysUpTo = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `k${index}`);
const read = async (keys: readonly string[]): Promise<readonly unknown[]> => {
  const answers = await readItems(dynamo.connection, 'table', 'key', keys);
  return keys.map((key) => {
    const answer = answers.get(key);
    return answer?.kind === 'read' ? answer.value?.['n']?.N : answer?.kind;
  });
};

describe('reads', () => {
  it('are calls of a hundred different keys', async () => {
    expect(await read([...keysUpTo(150), 'k0', 'k1'])).toEqual([
      ...Array.from({ length: 150 }, (_, index) => String(index)),
      '0',
      '1',
    ]);
    expect(dynamo.readCalls.map((keys) => keys.length)).toEqual([100, 50]);
  });

  it('answer undefined for what is not there', async () => {
    expect(await read(['k1', 'nothing'])).toEqual(['1', undefined]);
  });

  it('ask again for what a call had no room for', async () => {
    dynamo.unprocessed = (call, keys) => (call === 0 ? keys.slice(60) : []);
    expect(await read(keysUpTo(100))).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    expect(dynamo.readCalls.map((keys) => keys.length)).toEqual([100, 40]);
  });

  it('are repeated where they are throttled, and given up before the invocation ends', async () => {
    dynamo.fault = (call) => (call === 0 ? serviceError('ThrottlingException') : undefined);
    expect(await read(['k1'])).toEqual(['1']);
    dynamo.fault = () => serviceError('ThrottlingException');
    const before = dynamo.clock.now();
    expect(await read(['k1'])).toEqual(['unavailable']);
    expect(dynamo.clock.now() - before).toBeLessThan(dynamo.remainingMs);
  });

  it('without an answer are unavailable, for their own keys', async () => {
    dynamo.fault = (call) => (call === 1 ? serviceError('TimeoutError') : undefined);
    const answers = await read(keysUpTo(150));
    expect([answers[0], answers[99], answers[100], answers[149]]).toEqual([
      '0',
      '99',
      'unavailable',
      'unavailable',
    ]);
  });
});
