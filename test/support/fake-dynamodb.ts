import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type AttributeValue,
  type BatchStatementResponse,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Connection } from '../../lib/adapters/dynamodb/client.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What one statement is answered with; `throttle` and the like are codes of `BatchStatementError`. */
export type StatementFate =
  | 'done'
  | 'ThrottlingError'
  | 'ProvisionedThroughputExceeded'
  | 'ConditionalCheckFailed'
  | 'DuplicateItem'
  | 'InternalServerError';

const startedAt = epochMsOf(Date.parse('2026-01-01T00:00:00Z'));

/** A client that answers as a test says, on a clock that a waiting caller moves on. */
export class FakeDynamoDb {
  readonly clock = new VirtualClock(startedAt);
  /** Texts of the statements of each call. */
  readonly statementCalls: string[][] = [];
  /** Keys of each BatchGetItem. */
  readonly readCalls: string[][] = [];
  readonly items = new Map<string, Readonly<Record<string, AttributeValue>>>();
  /** Asked of each statement, counted from 0 over all calls. */
  fate: (count: number, key: string) => StatementFate = () => 'done';
  /** What a whole call throws; `undefined`: it is answered. Counted from 0. */
  fault: (call: number) => Error | undefined = () => undefined;
  /** Keys that a read leaves for another call. Counted from 0. */
  unprocessed: (call: number, keys: readonly string[]) => readonly string[] = () => [];
  remainingMs = 10_000;
  #statements = 0;
  #calls = 0;

  get connection(): Connection {
    const end = epochMsOf(this.clock.now() + this.remainingMs);
    return {
      client: { send: (command: unknown) => this.#send(command) } as unknown as DynamoDBClient,
      clock: this.clock,
      deadline: () => end,
      storeNow: () => this.clock.now(),
      storeAheadMs: () => undefined,
    };
  }

  async #send(command: unknown): Promise<unknown> {
    const fault = this.fault(this.#calls);
    this.#calls += 1;
    if (command instanceof BatchExecuteStatementCommand) {
      const statements = command.input.Statements ?? [];
      this.statementCalls.push(statements.map(({ Statement = '' }) => Statement));
      if (fault) throw fault;
      return { Responses: statements.map(({ Parameters = [] }) => this.#answer(Parameters)) };
    }
    if (command instanceof BatchGetItemCommand) {
      const [[table, request] = ['', undefined]] = Object.entries(command.input.RequestItems ?? {});
      const keys = (request?.Keys ?? []).map((key) => Object.values(key)[0]?.S ?? '');
      this.readCalls.push(keys);
      if (fault) throw fault;
      const left = new Set(this.unprocessed(this.readCalls.length - 1, keys));
      return {
        Responses: {
          [table]: keys.flatMap((key) => {
            const item = left.has(key) ? undefined : this.items.get(key);
            return item === undefined ? [] : [item];
          }),
        },
        UnprocessedKeys: {
          [table]: { Keys: (request?.Keys ?? []).filter((key) => left.has(Object.values(key)[0]?.S ?? '')) },
        },
      };
    }
    throw new Error('the fake knows no such command');
  }

  #answer(parameters: readonly AttributeValue[]): BatchStatementResponse {
    const fate = this.fate(this.#statements++, parameters[0]?.S ?? '');
    return fate === 'done' ? {} : { Error: { Code: fate, Message: 'as the test says' } };
  }
}

/** As the SDK throws what a service answered. */
export const serviceError = (name: string): Error => Object.assign(new Error(name), { name });
