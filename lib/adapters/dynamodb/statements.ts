import {
  BatchExecuteStatementCommand,
  type AttributeValue,
  type BatchStatementResponse,
} from '@aws-sdk/client-dynamodb';
import { isThrottle, isThrottled, mayTryAgain } from './attempts.ts';
import { storeUnavailable, type Connection } from './client.ts';

/** A PartiQL write of one item. */
export interface Statement {
  readonly text: string;
  readonly parameters: readonly AttributeValue[];
}

export type StatementAnswer =
  | { readonly kind: 'applied' }
  /** Its condition did not hold, or the item that it inserts is there already. */
  | { readonly kind: 'refused' }
  /** It may or may not have been done. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

/** @see Amazon DynamoDB API reference, "BatchExecuteStatement" */
const statementsInCall = 25;

interface Open {
  readonly statement: Statement;
  answer: StatementAnswer | undefined;
  throttled: unknown;
}

/**
 * Writes of a batch, as few calls as there can be, side by side. One answer per statement, in the order given; never rejects.
 *
 * What is throttled was not done, and is sent again alone, until the invocation's time is up.
 */
export const execute = async (
  connection: Connection,
  statements: readonly Statement[],
): Promise<readonly StatementAnswer[]> => {
  const all = statements.map((statement): Open => ({ statement, answer: undefined, throttled: undefined }));
  let open: readonly Open[] = all;
  for (let tries = 1; open.length > 0; tries += 1) {
    await Promise.all(chunks(open, statementsInCall).map((chunk) => call(connection, chunk)));
    open = open.filter(({ answer }) => answer === undefined);
    if (open.length > 0 && !(await mayTryAgain(connection, tries))) break;
  }
  return all.map(
    ({ answer, throttled }) => answer ?? { kind: 'unavailable', cause: storeUnavailable(throttled) },
  );
};

export const chunks = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

const call = async ({ client }: Connection, chunk: readonly Open[]): Promise<void> => {
  try {
    const { Responses = [] } = await client.send(
      new BatchExecuteStatementCommand({
        Statements: chunk.map(({ statement }) => ({
          Statement: statement.text,
          Parameters: [...statement.parameters],
        })),
      }),
    );
    chunk.forEach((one, index) => take(one, Responses[index]));
  } catch (thrown) {
    const answer = isThrottled(thrown)
      ? undefined
      : ({ kind: 'unavailable', cause: storeUnavailable(thrown) } as const);
    for (const one of chunk) {
      one.answer = answer;
      one.throttled = thrown;
    }
  }
};

const take = (one: Open, response: BatchStatementResponse | undefined): void => {
  const error = response?.Error;
  if (response === undefined)
    one.answer = {
      kind: 'unavailable',
      cause: storeUnavailable(new Error('fewer statements were answered than sent')),
    };
  else if (error === undefined) one.answer = { kind: 'applied' };
  else if (error.Code === 'ConditionalCheckFailed' || error.Code === 'DuplicateItem')
    one.answer = { kind: 'refused' };
  else if (isThrottle(error.Code)) one.throttled = new Error(error.Message ?? error.Code);
  else
    one.answer = {
      kind: 'unavailable',
      cause: storeUnavailable(new Error(`${error.Code}: ${error.Message}`)),
    };
};
