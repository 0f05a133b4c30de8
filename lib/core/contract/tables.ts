/** The tables of a pipeline, and their key layout: what the deployment creates and the stores rely on. */
export interface TableShape {
  readonly partitionKey: string;
  readonly sortKey?: { readonly name: string; readonly type: 'text' | 'number' };
  /** Whether items carry {@link timeToLiveAttribute}: rows are state and never expire. */
  readonly expires: boolean;
  /** A sparse index: only items that have its partition key are in it. Keys alone. */
  readonly index?: {
    readonly name: string;
    readonly partitionKey: string;
    readonly sortKey: { readonly name: string; readonly type: 'text' | 'number' };
  };
}

/** What is FAILED or IN_DOUBT, by state and first attempt: for `effects list`. */
const listed = {
  name: 'listed',
  partitionKey: 'listed',
  sortKey: { name: 'firstAttempt', type: 'number' },
} as const;

export const tableShapes = {
  /** Rows of features, by entity. */
  rows: { partitionKey: 'entity', expires: false },
  /** Observations of all contexts, by context and key, then by event time. */
  context: { partitionKey: 'key', sortKey: { name: 'eventTime', type: 'number' }, expires: true },
  /** Claims and frozen decisions of inference, by record key. */
  claims: { partitionKey: 'key', expires: true, index: listed },
  /** The effect ledger of action, by record key. */
  effects: { partitionKey: 'key', expires: true, index: listed },
  /** Kill switches, limits by the minute, topic epochs, audit: by kind and name, then by entry. */
  operations: { partitionKey: 'key', sortKey: { name: 'at', type: 'text' }, expires: true },
} as const satisfies Readonly<Record<string, TableShape>>;

export type TableName = keyof typeof tableShapes;

export const tableNames = Object.keys(tableShapes) as readonly TableName[];

export const tableShape = (name: TableName): TableShape => tableShapes[name];

/** The attribute after which DynamoDB drops an item, epoch seconds. */
export const timeToLiveAttribute = 'expiresAt';
