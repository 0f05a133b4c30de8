import { asksRegistry } from '../core/contract/formats.ts';
import { payloadPrefix } from '../core/contract/payloads.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import {
  namesIn,
  stageSources,
  writesIn,
  type SourceNames,
  type StageSource,
} from '../core/contract/stage-sources.ts';
import type { TableName } from '../core/contract/tables.ts';

/** DynamoDB actions of a stage on one table: what the store's statements need and no more. */
export type TableAction =
  | 'BatchGetItem'
  | 'GetItem'
  | 'PartiQLInsert'
  | 'PartiQLUpdate'
  | 'Query'
  | 'UpdateItem';

/** What one stage reads, writes and keeps: the facts from which its function, mapping and permissions are made. */
export interface StageWiring extends StageSource, SourceNames {
  /** Topics it writes, dead letters included. */
  readonly writes: readonly string[];
  readonly tables: Partial<Readonly<Record<TableName, readonly TableAction[]>>>;
  /** Whether its source can only be read with a schema registry. */
  readonly asksRegistry: boolean;
  /** Before the keys of its objects in the bucket for large payloads; `null` where it has none there. */
  readonly payloads: string | null;
}

/** Reads of many keys at once, conditional inserts and updates in batches: every ledger and every row goes through these. */
const conditionalWrites = ['BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate'] as const;
/** One item for a switch or an epoch; a counter for a limit. */
const operations = ['GetItem', 'UpdateItem'] as const;

const tablesOf = (
  { context }: Pick<ResolvedContract, 'context'>,
  stage: StageSource['name'],
): StageWiring['tables'] => {
  switch (stage) {
    case 'features':
      return {
        rows: conditionalWrites,
        ...(Object.keys(context).length > 0 ? { context: ['Query'] } : {}),
      };
    case 'inference':
      return { claims: conditionalWrites };
    case 'action':
      return { effects: conditionalWrites };
    default:
      return { context: ['PartiQLInsert', 'PartiQLUpdate'] };
  }
};

const payloadsOf = (contract: ResolvedContract, stage: StageSource['name']): string | null =>
  contract.largePayloads === 'bucket' && (stage === 'inference' || stage === 'action')
    ? payloadPrefix(contract, stage)
    : null;

/** The stages of a contract in the order of the flow: contexts, features, inference, action. */
export const stageWirings = (contract: ResolvedContract, environment: string): readonly StageWiring[] =>
  stageSources(contract).map((stage) => ({
    ...stage,
    ...namesIn(environment, stage),
    writes: writesIn(environment, contract, stage),
    tables: { ...tablesOf(contract, stage.name), operations },
    // What the stages write themselves is JSON.
    asksRegistry: 'format' in stage.topic && asksRegistry(stage.topic.format),
    payloads: payloadsOf(contract, stage.name),
  }));
