import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceNotFoundException,
  type KeySchemaElement,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type {
  Answered,
  ClockReading,
  KeyFacts,
  TableExamination,
  TableFacts,
} from '../../core/ports/examination.ts';
import { epochMsOf } from '../../core/units.ts';
import { answered } from '../aws/answered.ts';
import type { Connection } from './client.ts';

const typeOf: Readonly<Record<string, KeyFacts['type']>> = { S: 'text', N: 'number', B: 'binary' };

const keysOf = (
  schema: readonly KeySchemaElement[] | undefined,
  { AttributeDefinitions = [] }: TableDescription,
): readonly KeyFacts[] =>
  (schema ?? [])
    .toSorted((one, other) => (one.KeyType === other.KeyType ? 0 : one.KeyType === 'HASH' ? -1 : 1))
    .map(({ AttributeName: name = '' }) => {
      const definition = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name);
      return { name, type: typeOf[definition?.AttributeType ?? ''] ?? 'binary' };
    });

/** Answers of DynamoDB to one who looks and changes nothing. */
export class DynamoExamination implements TableExamination {
  readonly #connection: Connection;
  #reading: ClockReading | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  table(name: string): Promise<Answered<TableFacts | null>> {
    return answered(async () => {
      const found = await this.#describe(name);
      if (found === undefined) return null;
      return {
        status: found.TableStatus ?? 'unknown',
        keys: keysOf(found.KeySchema, found),
        indexes: (found.GlobalSecondaryIndexes ?? []).map(({ IndexName = '', KeySchema }) => ({
          name: IndexName,
          keys: keysOf(KeySchema, found),
        })),
        timeToLive: await this.#timeToLive(name),
      };
    });
  }

  clock(): ClockReading | undefined {
    return this.#reading;
  }

  async #describe(name: string): Promise<TableDescription | undefined> {
    const { client, clock, storeAheadMs } = this.#connection;
    const askedAt = clock.now();
    try {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
      return Table;
    } catch (thrown) {
      if (thrown instanceof ResourceNotFoundException) return undefined;
      throw thrown;
    } finally {
      const answeredAt = clock.now();
      const aheadMs = storeAheadMs();
      if (aheadMs !== undefined)
        this.#reading = { theirs: epochMsOf(answeredAt + aheadMs), askedAt, answeredAt };
    }
  }

  #timeToLive(name: string): Promise<Answered<string | null>> {
    return answered(async () => {
      const { client } = this.#connection;
      const { TimeToLiveDescription: found } = await client.send(
        new DescribeTimeToLiveCommand({ TableName: name }),
      );
      const isOn = found?.TimeToLiveStatus === 'ENABLED' || found?.TimeToLiveStatus === 'ENABLING';
      return isOn ? (found.AttributeName ?? null) : null;
    });
  }
}
