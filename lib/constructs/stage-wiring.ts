import {
  deadLettersIn,
  groupIn,
  topicIn,
  type ResolvedContract,
  type ResolvedMapping,
  type ResolvedTopic,
  type StageName,
} from '../core/contract/resolved.ts';
import { contextStageName } from '../core/stages/context.ts';
import type { TableName } from './pipeline-tables.ts';

/** DynamoDB actions of a stage on one table: what the store's statements need and no more. */
export type TableAction =
  | 'BatchGetItem'
  | 'GetItem'
  | 'PartiQLInsert'
  | 'PartiQLSelect'
  | 'PartiQLUpdate'
  | 'UpdateItem';

/** What one stage reads, writes and keeps: the facts from which its function, mapping and permissions are made. */
export interface StageWiring {
  readonly name: StageName;
  readonly mapping: ResolvedMapping;
  /** Full names, with the environment where Freshet creates them. */
  readonly source: string;
  readonly group: string;
  readonly deadLetters: string;
  /** Topics it writes, dead letters included. */
  readonly writes: readonly string[];
  readonly tables: Partial<Readonly<Record<TableName, readonly TableAction[]>>>;
}

/** Reads of many keys at once, conditional inserts and updates in batches: every ledger and every row goes through these. */
const conditionalWrites = ['BatchGetItem', 'PartiQLInsert', 'PartiQLUpdate'] as const;
/** One item for a switch or an epoch; a counter for a limit. */
const operations = ['GetItem', 'UpdateItem'] as const;

/** The stages of a contract in the order of the flow: contexts, features, inference, action. */
export const stageWirings = (contract: ResolvedContract, environment: string): readonly StageWiring[] => {
  const wiring = (
    name: StageName,
    mapping: ResolvedMapping,
    source: ResolvedTopic,
    outputs: readonly ResolvedTopic[],
    tables: StageWiring['tables'],
  ): StageWiring => {
    const deadLetters = deadLettersIn(environment, source);
    return {
      name,
      mapping,
      source: topicIn(environment, source),
      group: groupIn(environment, mapping),
      deadLetters,
      writes: [...outputs.map((output) => topicIn(environment, output)), deadLetters],
      tables: { ...tables, operations },
    };
  };
  const { source, context, vectors, decisions, outcomes, features, inference, action } = contract;
  return [
    ...Object.entries(context).map(([name, definition]) =>
      wiring(contextStageName(name), definition.mapping, definition.source, [], {
        context: ['PartiQLInsert', 'PartiQLUpdate'],
      }),
    ),
    wiring('features', features.mapping, source, [vectors], {
      rows: conditionalWrites,
      ...(Object.keys(context).length > 0 ? { context: ['PartiQLSelect'] } : {}),
    }),
    // A suppressed vector ends in an outcome and makes no decision.
    wiring('inference', inference.mapping, vectors, [decisions, outcomes], { claims: conditionalWrites }),
    wiring('action', action.mapping, decisions, [outcomes], { effects: conditionalWrites }),
  ];
};
