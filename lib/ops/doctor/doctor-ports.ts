import type { TableName } from '../../core/contract/tables.ts';
import type { AccountExamination, MskExamination } from '../../core/ports/aws-examination.ts';
import type { EventLog } from '../../core/ports/event-log.ts';
import type { Answered, ClusterExamination, TableExamination } from '../../core/ports/examination.ts';
import type { Access, Approach } from './judge-brokers.ts';

/** Kafka, or why it could not be opened. */
export interface ExaminedKafka extends Pick<Approach, 'auth' | 'isLoopback'> {
  readonly kind: 'kafka';
  /** `host:port` of some of the brokers. */
  readonly bootstrap: readonly string[];
  readonly opened: Answered<{
    readonly access: Access;
    readonly examination: ClusterExamination;
    readonly log: Pick<EventLog, 'offsets' | 'offsetsAt'>;
  }>;
}

/** The state folder of a local run, or why it could not be opened. */
export interface ExaminedFolder {
  readonly kind: 'embedded';
  readonly folder: string;
  readonly opened: Answered<Pick<EventLog, 'describe' | 'offsets' | 'offsetsAt'>>;
}

/** DynamoDB, or why it could not be opened. */
export interface ExaminedDynamoDb {
  readonly kind: 'dynamodb';
  /** The endpoint, or the region at AWS. */
  readonly address: string;
  readonly tables: Readonly<Partial<Record<TableName, string>>>;
  readonly opened: Answered<TableExamination>;
}

/** What there is to examine. */
export interface DoctorPorts {
  readonly log: ExaminedKafka | ExaminedFolder;
  /** `embedded`: in the state folder. */
  readonly stores: ExaminedDynamoDb | ExaminedFolder;
  /** `undefined`: not asked for. */
  readonly msk: { readonly arn: string; readonly opened: Answered<MskExamination> } | undefined;
  /** `undefined`: not asked for. */
  readonly account: Answered<AccountExamination> | undefined;
}
