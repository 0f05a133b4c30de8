import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption, type Attribute } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

const string = (name: string): Attribute => ({ name, type: AttributeType.STRING });
const number = (name: string): Attribute => ({ name, type: AttributeType.NUMBER });

interface TableShape {
  readonly id: string;
  readonly partitionKey: Attribute;
  readonly sortKey?: Attribute;
  /** Whether items carry `expiresAt`: rows are state and never expire. */
  readonly expires: boolean;
}

const shapes = {
  /** Rows of features, by entity. */
  rows: { id: 'Rows', partitionKey: string('entity'), expires: false },
  /** Observations of all contexts, by context and key, then by event time. */
  context: { id: 'Context', partitionKey: string('key'), sortKey: number('eventTime'), expires: true },
  /** Claims and frozen decisions of inference, by record key. */
  claims: { id: 'Claims', partitionKey: string('key'), expires: true },
  /** The effect ledger of action, by record key. */
  effects: { id: 'Effects', partitionKey: string('key'), expires: true },
  /** Kill switches, limits by the minute, topic epochs, audit. */
  operations: { id: 'Operations', partitionKey: string('key'), expires: true },
} as const satisfies Readonly<Record<string, TableShape>>;

export type TableName = keyof typeof shapes;

/** The attribute after which DynamoDB drops an item, epoch seconds. */
const timeToLiveAttribute = 'expiresAt';

/**
 * The tables of one pipeline: on demand, with point-in-time recovery, deletion protection and a key of their own, and kept
 * when the stack goes, for a ledger that forgets repeats its effects.
 *
 * Names are CloudFormation's. A later version adds the index that lists open effects.
 */
export class PipelineTables extends Construct {
  readonly #tables: Readonly<Partial<Record<TableName, Table>>>;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly names: readonly TableName[]; readonly key: IKey },
  ) {
    super(scope, id);
    this.#tables = Object.fromEntries(
      props.names.map((name) => [name, this.#table(shapes[name], props.key)]),
    );
  }

  /** @throws {RangeError} for a table that this pipeline does not have */
  table(name: TableName): Table {
    const table = this.#tables[name];
    if (!table) throw new RangeError(`this pipeline has no ${name} table`);
    return table;
  }

  #table({ id, partitionKey, sortKey, expires }: TableShape, encryptionKey: IKey): Table {
    return new Table(this, id, {
      partitionKey,
      ...(sortKey ? { sortKey } : {}),
      ...(expires ? { timeToLiveAttribute } : {}),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
