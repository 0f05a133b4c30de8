import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import type { AuditEntry, OperationsStore, Read, Reservation, TopicEpoch } from '../../core/ports/stores.ts';
import { epochMsOf } from '../../core/units.ts';
import { isThrottled, mayTryAgain } from './attempts.ts';
import { storeUnavailable, type Connection } from './client.ts';
import type { Attributes } from './read-items.ts';
import { timeToLive } from './time-to-live.ts';

const minuteMs = 60_000;

/** A minute's count is dropped long after it: a worker whose clock is behind must still find it. */
const reservationKeptMs = 3_600_000;

/** How often a write is tried against others that write the same item at the same moment. */
const contendedTries = 8;

/** Sort key of what is one of its kind. */
const only = '-';

/**
 * Kill switches, limits by the minute, topic epochs and audit of one pipeline: items of one table by kind and name, then by `at`.
 */
export class DynamoOperationsStore implements OperationsStore {
  readonly #connection: Connection;
  readonly #table: string;
  #entries = 0;

  constructor(connection: Connection, table: string) {
    this.#connection = connection;
    this.#table = table;
  }

  async paused(stage: string): Promise<Read<boolean>> {
    return answered(async () => (await this.#get(`switch/${stage}`))?.['paused']?.BOOL === true);
  }

  async setPaused(stage: string, paused: boolean): Promise<void> {
    await this.#put({ key: { S: `switch/${stage}` }, at: { S: only }, paused: { BOOL: paused } });
  }

  async reserve(limit: string, perMinute: number, want: number): Promise<Read<Reservation>> {
    return answered(async () => {
      // By DynamoDB's own time: the clocks of workers differ, and a minute has one count.
      const now = this.#connection.storeNow();
      const minute = Math.floor(now / minuteMs);
      const resetsInMs = (minute + 1) * minuteMs - now;
      const key = `limit/${limit}/${minute}`;
      const leftOf = (item: Attributes | undefined): number =>
        Math.max(0, perMinute - Number(item?.['reserved']?.N ?? 0));
      if (want === 0) return { granted: leftOf(await this.#get(key)), resetsInMs };
      let left = perMinute;
      for (let tries = 1; left > 0 && tries <= contendedTries; tries += 1) {
        const granted = Math.min(want, left);
        const refused = await this.#reserve(key, granted, perMinute - granted);
        if (refused === undefined) return { granted, resetsInMs };
        left = leftOf(refused);
      }
      return { granted: 0, resetsInMs };
    });
  }

  async epoch(topic: string, topicId: string): Promise<Read<TopicEpoch>> {
    return answered(async () => {
      const key = `epoch/${topic}`;
      return (
        epochIn(await this.#get(key)) ??
        (await this.#declare(key, { topicId, epoch: 1 }, undefined)) ??
        epochIn(await this.#get(key)) ?? { topicId, epoch: 1 }
      );
    });
  }

  async declareEpoch(topic: string, topicId: string): Promise<TopicEpoch> {
    const key = `epoch/${topic}`;
    return orUnavailable(async () => {
      for (let tries = 1; tries <= contendedTries; tries += 1) {
        const known = epochIn(await this.#get(key));
        if (known?.topicId === topicId) return known;
        const declared = await this.#declare(key, { topicId, epoch: (known?.epoch ?? 0) + 1 }, known);
        if (declared) return declared;
      }
      throw new Error(`other operators declare epochs of ${topic} at the same moment`);
    });
  }

  async audit({ at, who, what, why }: AuditEntry): Promise<void> {
    await this.#put({
      key: { S: 'audit' },
      at: { S: this.#nextEntry() },
      who: { S: who },
      what: { S: what },
      why: { S: why },
      writtenAt: { N: String(at) },
    });
  }

  async audits(limit: number): Promise<readonly AuditEntry[]> {
    const command = new QueryCommand({
      TableName: this.#table,
      KeyConditionExpression: '#key = :audit',
      ExpressionAttributeNames: { '#key': 'key' },
      ExpressionAttributeValues: { ':audit': { S: 'audit' } },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: limit,
    });
    const { Items = [] } = await orUnavailable(() => this.#send(() => this.#connection.client.send(command)));
    return Items.map((item) => ({
      at: epochMsOf(Number(item['writtenAt']?.N)),
      who: item['who']?.S ?? '',
      what: item['what']?.S ?? '',
      why: item['why']?.S ?? '',
    }));
  }

  /** In the order of writing: by the writer's clock, and within a millisecond of one writer by number. */
  #nextEntry(): string {
    this.#entries += 1;
    const now = String(this.#connection.clock.now()).padStart(16, '0');
    return `${now}/${String(this.#entries).padStart(9, '0')}/${randomUUID()}`;
  }

  async #get(key: string): Promise<Attributes | undefined> {
    const { client } = this.#connection;
    const command = new GetItemCommand({
      TableName: this.#table,
      Key: { key: { S: key }, at: { S: only } },
      ConsistentRead: true,
    });
    return (await this.#send(() => client.send(command))).Item;
  }

  async #put(item: Attributes): Promise<void> {
    const { client } = this.#connection;
    const command = new PutItemCommand({ TableName: this.#table, Item: { ...item } });
    await orUnavailable(() => this.#send(() => client.send(command)));
  }

  /**
   * Adds to the count of a minute, if there is room.
   *
   * @returns the count that left no room; `undefined` where it was added
   */
  #reserve(key: string, granted: number, room: number): Promise<Attributes | undefined> {
    const [, , minute] = key.split('/');
    const keptUntil = epochMsOf((Number(minute) + 1) * minuteMs + reservationKeptMs);
    return this.#update({
      Key: { key: { S: key }, at: { S: only } },
      UpdateExpression: 'SET expiresAt = :kept ADD reserved :granted',
      ConditionExpression: 'attribute_not_exists(reserved) OR reserved <= :room',
      ExpressionAttributeValues: {
        ':kept': timeToLive(keptUntil),
        ':granted': { N: String(granted) },
        ':room': { N: String(room) },
      },
    });
  }

  /** @returns what was declared; `undefined` where somebody else declared first */
  async #declare(
    key: string,
    { topicId, epoch }: TopicEpoch,
    known: TopicEpoch | undefined,
  ): Promise<TopicEpoch | undefined> {
    const refused = await this.#update({
      Key: { key: { S: key }, at: { S: only } },
      UpdateExpression: 'SET topicId = :topicId, epoch = :epoch',
      ConditionExpression: known === undefined ? 'attribute_not_exists(epoch)' : 'epoch = :known',
      ExpressionAttributeValues: {
        ':topicId': { S: topicId },
        ':epoch': { N: String(epoch) },
        ...(known === undefined ? {} : { ':known': { N: String(known.epoch) } }),
      },
    });
    return refused === undefined ? { topicId, epoch } : undefined;
  }

  /** @returns the item that did not meet the condition; `undefined` where it was updated */
  async #update(input: Omit<UpdateItemCommandInput, 'TableName'>): Promise<Attributes | undefined> {
    const { client } = this.#connection;
    const command = new UpdateItemCommand({
      ...input,
      TableName: this.#table,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await this.#send(() => client.send(command));
      return undefined;
    } catch (thrown) {
      if (thrown instanceof ConditionalCheckFailedException) return thrown.Item ?? {};
      throw thrown;
    }
  }

  async #send<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries += 1)
      try {
        return await send();
      } catch (thrown) {
        if (!isThrottled(thrown) || !(await mayTryAgain(this.#connection, tries))) throw thrown;
      }
  }
}

const epochIn = (item: Attributes | undefined): TopicEpoch | undefined => {
  const [topicId, epoch] = [item?.['topicId']?.S, item?.['epoch']?.N];
  return topicId === undefined || epoch === undefined ? undefined : { topicId, epoch: Number(epoch) };
};

const orUnavailable = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  try {
    return await work();
  } catch (thrown) {
    throw storeUnavailable(thrown);
  }
};

const answered = async <Value>(work: () => Promise<Value>): Promise<Read<Value>> => {
  try {
    return { kind: 'read', value: await work() };
  } catch (thrown) {
    return { kind: 'unavailable', cause: storeUnavailable(thrown) };
  }
};
