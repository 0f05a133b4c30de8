import type { LedgerItem } from '../ledger/item.ts';
import type { Transition } from '../ledger/transitions.ts';
import type { Coordinates, SourceRecord } from '../record.ts';
import type { Transport } from '../stages/action.ts';
import type { EpochMs } from '../units.ts';
import type { Verdict } from '../verdict.ts';
import type { Clock, Random } from './clock.ts';
import type { Producer, TopicDirectory } from './event-log.ts';
import type {
  ContextStore,
  LedgerStore,
  LedgerWritten,
  OperationsStore,
  RowStore,
  VerdictJournal,
} from './stores.ts';
import type { ValueDecoder } from './value-decoder.ts';

/** One thing that is wrong with a value, by JSON pointer. Never the value itself. */
export interface SchemaIssue {
  readonly pointer: string;
  readonly message: string;
}

/** Answers with the issues of a value; none: it is of the schema. */
export type Validator = (value: unknown) => readonly SchemaIssue[];

/** The compiled schemas of a contract. */
export interface Validators {
  /** By event type. */
  readonly source: Readonly<Record<string, Validator>>;
  /** By context, then event type. */
  readonly context: Readonly<Record<string, Readonly<Record<string, Validator>>>>;
  readonly row: Validator;
  readonly vector: Validator;
  readonly decision: Validator;
}

export type Segment = 'append' | 'receive' | 'process' | 'external' | 'emit';

/** Freshness of one record that was settled here for the first time. Ms; not clamped, so that clock skew shows. */
export interface FreshnessSample {
  /** Since the origin was published. */
  readonly totalMs: number;
  readonly segmentsMs: Readonly<Record<Segment, number>>;
  /** Whether it counts for the objective as good: settled within the target. */
  readonly good: boolean;
  /** Where most of the time went over all stages so far, where it is beyond the target: `<stage>.<segment>`, as `features.receive`. */
  readonly brokenBy: `${string}.${Segment}` | undefined;
}

export interface BatchReport {
  readonly stage: string;
  readonly at: EpochMs;
  readonly verdicts: Readonly<Record<Verdict['kind'], number>>;
  /** First settlements of live records only. */
  readonly freshness: readonly FreshnessSample[];
  /** Bad events that carry no freshness of their own: expired, dead-lettered, in doubt, frozen but not out. Counted in the objective's total. */
  readonly bad: number;
  /** Of the bad ones those that end here: one that is only not out yet is settled at the next stage after all. */
  readonly lost: number;
  readonly emitted: number;
  readonly effects: number;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Measures and structured logs; never a payload. */
export interface Telemetry {
  batch(report: BatchReport): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: LogFields): void;
}

/**
 * Runs the model under a claim that is already ours, and writes the transition that its verdict asks for.
 * `body` never throws. Real: Powertools' idempotency, thinly (adapters); it must behave as `settleOnce` in core does.
 */
export type SettleOnce = (
  held: { readonly item: LedgerItem; readonly owner: string },
  body: () => Promise<Transition>,
) => Promise<LedgerWritten>;

export interface CommonPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly producer: Producer;
  readonly topics: TopicDirectory;
  readonly operations: OperationsStore;
  readonly verdicts: VerdictJournal;
  readonly telemetry: Telemetry;
  readonly validators: Validators;
}

export interface ContextPorts extends CommonPorts {
  readonly values: ValueDecoder;
  readonly context: ContextStore;
}

export interface FeaturesPorts extends CommonPorts {
  readonly values: ValueDecoder;
  readonly rows: RowStore;
  readonly context: ContextStore;
}

export interface InferencePorts extends CommonPorts {
  readonly claims: LedgerStore;
  readonly settleOnce: SettleOnce;
}

export interface ActionPorts extends CommonPorts {
  readonly effects: LedgerStore;
  readonly transport: Transport;
}

/** What an invocation knows of itself. */
export interface Invocation {
  readonly id: string;
  readonly receivedAt: EpochMs;
  /** When Lambda ends it. */
  readonly deadline: EpochMs;
  /** From the mapping, through `FRESHET_RESPONSE`: without partial responses an unfinished record must fail the invocation. */
  readonly response: 'partial' | 'throw';
  /** The deployment's name: it goes before created topics and groups. */
  readonly environment: string;
}

/** An operator's redrive of one record. */
export interface Redrive {
  /** n + 1 for the letter numbered n. */
  readonly number: number;
  readonly pastDeadline: boolean;
  /** The id the topic had when the record was read; its coordinates stay the original ones. */
  readonly topicId: string;
}

export interface Batch {
  readonly records: readonly SourceRecord[];
  readonly invocation: Invocation;
  readonly redrive?: Redrive;
}

export interface RecordVerdict {
  readonly at: Coordinates;
  readonly verdict: Verdict;
}

/** An item of a partial-batch response. */
export interface UnfinishedRecord {
  readonly listedUnder: string;
  readonly offset: number;
}

export interface BatchResult {
  /** In the order of the records. */
  readonly verdicts: readonly RecordVerdict[];
  /** The first unfinished record of each partition and every later one of it. */
  readonly unfinished: readonly UnfinishedRecord[];
}
