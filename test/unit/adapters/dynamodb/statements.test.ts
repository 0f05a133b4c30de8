import { beforeEach, describe, expect, it } from 'vitest';
import { execute, type Statement } from '../../../../lib/adapters/dynamodb/statements.ts';
import { FakeDynamoDb, serviceError } from '../../../support/fake-dynamodb.ts';

const statements = (count: number): readonly Statement[] =>
  Array.from({ length: count }, (_, index) => ({
    text: `statement ${index}`,
    parameters: [{ S: String(index) }],
  }));

let dynamo: FakeDynamoDb;
beforeEach(() => {
  dynamo = new FakeDynamoDb();
});

const kinds = async (count: number): Promise<readonly string[]> =>
  (await execute(dynamo.connection, statements(count))).map(({ kind }) => kind);

describe('statements', () => {
  it.each([
    [0, []],
    [1, [1]],
    [25, [25]],
    [26, [25, 1]],
    [100, [25, 25, 25, 25]],
  ])('%i are as few calls as there can be', async (count, calls) => {
    expect(await kinds(count)).toEqual(Array.from({ length: count }, () => 'applied'));
    expect(dynamo.statementCalls.map((texts) => texts.length)).toEqual(calls);
  });

  it('are answered each for itself, in the order given', async () => {
    dynamo.fate = (_, key) =>
      ({ 1: 'ConditionalCheckFailed', 3: 'DuplicateItem', 28: 'InternalServerError' } as const)[key] ??
      'done';
    const answers = await kinds(30);
    expect([answers[0], answers[1], answers[3], answers[28], answers[29]]).toEqual([
      'applied',
      'refused',
      'refused',
      'unavailable',
      'applied',
    ]);
    expect(dynamo.statementCalls).toHaveLength(2);
  });

  it('that are throttled are sent again alone, after a wait, until they are done', async () => {
    let throttled = 6;
    dynamo.fate = (_, key) => (Number(key) % 10 === 7 && throttled-- > 0 ? 'ThrottlingError' : 'done');
    expect(await kinds(30)).toEqual(Array.from({ length: 30 }, () => 'applied'));
    expect(dynamo.statementCalls.slice(2)).toEqual([
      ['statement 7', 'statement 17', 'statement 27'],
      ['statement 7', 'statement 17', 'statement 27'],
    ]);
    expect(dynamo.clock.waits).toHaveLength(2);
  });

  it('are sent again as a whole where the whole call was throttled', async () => {
    dynamo.fault = (call) =>
      call === 0 ? serviceError('ProvisionedThroughputExceededException') : undefined;
    expect(await kinds(2)).toEqual(['applied', 'applied']);
    expect(dynamo.statementCalls).toHaveLength(2);
  });

  it('that stay throttled are given up before the invocation ends, not after', async () => {
    dynamo.fate = (_, key) => (key === '1' ? 'ProvisionedThroughputExceeded' : 'done');
    dynamo.remainingMs = 3_000;
    const before = dynamo.clock.now();
    expect(await kinds(3)).toEqual(['applied', 'unavailable', 'applied']);
    expect(dynamo.statementCalls.length).toBeGreaterThan(3);
    expect(dynamo.clock.now() - before).toBeLessThan(3_000);
  });

  it('of a call without an answer may have been done: nobody sends them again here', async () => {
    dynamo.fault = () => serviceError('TimeoutError');
    const answers = await execute(dynamo.connection, statements(2));
    expect(answers.map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable']);
    expect(dynamo.statementCalls).toHaveLength(1);
    expect(answers[0]).toMatchObject({ cause: { code: 'STORE_UNAVAILABLE' } });
  });
});
