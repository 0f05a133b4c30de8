import { RemovalPolicy } from 'aws-cdk-lib/core';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
  type Attribute,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { tableShape, timeToLiveAttribute, type TableName } from '../core/contract/tables.ts';

const attribute = ({
  name,
  type,
}: {
  readonly name: string;
  readonly type: 'text' | 'number';
}): Attribute => ({
  name,
  type: type === 'number' ? AttributeType.NUMBER : AttributeType.STRING,
});

const text = (name: string): Attribute => attribute({ name, type: 'text' });

/** Construct ids never change: a table under another one would be another table. */
const ids = {
  rows: 'Rows',
  context: 'Context',
  claims: 'Claims',
  effects: 'Effects',
  operations: 'Operations',
} as const satisfies Readonly<Record<TableName, string>>;

/**
 * The tables of one pipeline: on demand, with point-in-time recovery, deletion protection and a key of their own, and kept
 * when the stack goes, for a ledger that forgets repeats its effects.
 *
 * Names are CloudFormation's.
 */
export class PipelineTables extends Construct {
  readonly #tables: Readonly<Partial<Record<TableName, Table>>>;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly names: readonly TableName[]; readonly key: IKey },
  ) {
    super(scope, id);
    this.#tables = Object.fromEntries(props.names.map((name) => [name, this.#table(name, props.key)]));
  }

  /** @throws {RangeError} for a table that this pipeline does not have */
  table(name: TableName): Table {
    const table = this.#tables[name];
    if (!table) throw new RangeError(`this pipeline has no ${name} table`);
    return table;
  }

  #table(name: TableName, encryptionKey: IKey): Table {
    const { partitionKey, sortKey, expires, index } = tableShape(name);
    const table = new Table(this, ids[name], {
      partitionKey: text(partitionKey),
      ...(sortKey ? { sortKey: attribute(sortKey) } : {}),
      ...(expires ? { timeToLiveAttribute } : {}),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    if (index)
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: text(index.partitionKey),
        sortKey: attribute(index.sortKey),
        projectionType: ProjectionType.KEYS_ONLY,
      });
    return table;
  }
}
