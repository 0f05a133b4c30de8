import { BatchGetItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Read } from '../../core/ports/stores.ts';
import { isThrottled, mayTryAgain } from './attempts.ts';
import { storeUnavailable, type Connection } from './client.ts';
import { chunks } from './statements.ts';

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** @see Amazon DynamoDB API reference, "BatchGetItem" */
const keysInCall = 100;

/**
 * Consistent reads of items by their partition key, as few calls as there can be, side by side. Never rejects.
 *
 * @returns one answer for each of the different keys
 */
export const readItems = async (
  connection: Connection,
  table: string,
  keyName: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Read<Attributes | undefined>>> => {
  const answers = new Map<string, Read<Attributes | undefined>>();
  let open: readonly string[] = [...new Set(keys)];
  for (let tries = 1; open.length > 0; tries += 1) {
    const left = await Promise.all(
      chunks(open, keysInCall).map((chunk) => call(connection, table, keyName, chunk, answers)),
    );
    open = left.flat();
    if (open.length > 0 && !(await mayTryAgain(connection, tries))) break;
  }
  for (const key of open)
    answers.set(key, { kind: 'unavailable', cause: storeUnavailable(new Error('the read was throttled')) });
  return answers;
};

/** @returns the keys that must be asked for again: of a throttled call all, of one with too large an answer the rest */
const call = async (
  { client }: Connection,
  table: string,
  keyName: string,
  keys: readonly string[],
  answers: Map<string, Read<Attributes | undefined>>,
): Promise<readonly string[]> => {
  try {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [table]: { Keys: keys.map((key) => ({ [keyName]: { S: key } })), ConsistentRead: true },
        },
      }),
    );
    const found = new Map((Responses?.[table] ?? []).map((item) => [item[keyName]?.S, item]));
    const left = new Set((UnprocessedKeys?.[table]?.Keys ?? []).map((key) => key[keyName]?.S));
    for (const key of keys) if (!left.has(key)) answers.set(key, { kind: 'read', value: found.get(key) });
    return keys.filter((key) => left.has(key));
  } catch (thrown) {
    if (isThrottled(thrown)) return keys;
    const answer = { kind: 'unavailable', cause: storeUnavailable(thrown) } as const;
    for (const key of keys) answers.set(key, answer);
    return [];
  }
};
