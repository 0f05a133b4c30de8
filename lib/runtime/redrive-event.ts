import { InvariantError } from '../core/errors.ts';
import type { Redrive } from '../core/ports/stage-ports.ts';
import type { SourceRecord } from '../core/record.ts';
import { recordsOf, type KafkaEventRecord } from './kafka-event.ts';

/** What an operator's redrive invokes a stage with: one record in the form of the mapping's event, with its original coordinates. */
export interface RedriveEvent {
  readonly freshet: 'redrive';
  /** `host:port,…`, as in the mapping's event: for `FRESHET_LOG=kafka:event`, where no batch has named brokers yet. */
  readonly bootstrapServers?: string;
  readonly record: KafkaEventRecord;
  readonly topicId: string;
  /** n + 1 for the letter numbered n; 0 for a letter of the mapping, which stands before the first failure and opens none. */
  readonly number: number;
  readonly pastDeadline: boolean;
}

export const isRedriveEvent = (event: unknown): event is RedriveEvent =>
  typeof event === 'object' && event !== null && 'freshet' in event && event.freshet === 'redrive';

/** @throws {InvariantError} `BATCH_INVALID` */
export const redriveOf = (
  event: RedriveEvent,
): { readonly record: SourceRecord; readonly redrive: Redrive } => {
  const { topicId, number, pastDeadline } = event;
  const isComplete =
    typeof topicId === 'string' &&
    Number.isSafeInteger(number) &&
    number >= 0 &&
    typeof pastDeadline === 'boolean';
  if (!isComplete)
    throw new InvariantError('BATCH_INVALID', {
      message: `a redrive without topicId, number (from 0) or pastDeadline; expected { freshet: "redrive", record, topicId, number, pastDeadline }`,
    });
  const [record] = recordsOf({ records: { redrive: [event.record] } });
  if (record === undefined)
    throw new InvariantError('BATCH_INVALID', { message: 'a redrive without a record' });
  return { record, redrive: { topicId, number, pastDeadline } };
};
