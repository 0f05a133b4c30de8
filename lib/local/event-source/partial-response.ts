import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { partitionKey } from './event.ts';

/** What a handler's answer says about its batch. */
export type ReadResponse =
  | { readonly kind: 'all-succeeded' }
  | { readonly kind: 'some-failed'; readonly failed: ReadonlySet<LoggedRecord> }
  /** Names what is not in the event, or is no such answer: the whole batch is retried. */
  | { readonly kind: 'invalid' };

const INVALID: ReadResponse = { kind: 'invalid' };

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/**
 * Reads `{ batchItemFailures: [{ itemIdentifier: { partition: "<topic>-<partition>", offset } }] }`.
 * An empty or null answer, and an empty or null list, mean that all records succeeded.
 *
 * @param records - those of the event
 * @see AWS Lambda developer guide, "kafka-retry-configurations", section on partial batch responses
 */
export const readResponse = (response: unknown, records: readonly LoggedRecord[]): ReadResponse => {
  if (response === null || response === undefined) return { kind: 'all-succeeded' };
  if (typeof response !== 'object' || Array.isArray(response)) return INVALID;
  const failures = memberOf(response, 'batchItemFailures') ?? [];
  if (!Array.isArray(failures)) return INVALID;
  if (failures.length === 0) return { kind: 'all-succeeded' };

  const inEvent = new Map(records.map((record) => [`${partitionKey(record)} ${record.offset}`, record]));
  const failed = new Set<LoggedRecord>();
  for (const failure of failures as readonly unknown[]) {
    const identifier = memberOf(failure, 'itemIdentifier');
    const [partition, offset] = [memberOf(identifier, 'partition'), memberOf(identifier, 'offset')];
    if (typeof partition !== 'string' || typeof offset !== 'number') return INVALID;
    const record = inEvent.get(`${partition} ${offset}`);
    if (record === undefined) return INVALID;
    failed.add(record);
  }
  return { kind: 'some-failed', failed };
};
