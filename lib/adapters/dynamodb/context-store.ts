import { QueryCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { lengthPrefixed } from '../../core/identity.ts';
import type { ContextQuery, ContextStore, Observation, Read, Written } from '../../core/ports/stores.ts';
import { epochMsOf } from '../../core/units.ts';
import { isThrottled, mayTryAgain } from './attempts.ts';
import { storeUnavailable, type Connection } from './client.ts';
import { keyText } from './key-text.ts';
import type { Attributes } from './read-items.ts';
import { execute, type Statement, type StatementAnswer } from './statements.ts';
import { timeToLive } from './time-to-live.ts';

/** Kept this much longer than the history: a replay writes observations of long ago, and reads them right after. */
const keptLongerMs = 86_400_000;

/** Above every offset, and below what a number attribute keeps exactly (38 digits). */
const offsetDigits = 16;

/** Generation and offset as one number, so that "the highest pair wins" is one comparison. */
const rankOf = ({ epoch, offset }: Pick<Observation, 'epoch' | 'offset'>): bigint =>
  BigInt(epoch) * 10n ** BigInt(offsetDigits) + BigInt(offset);

const partitionKey = (context: string, key: string): string => keyText(lengthPrefixed([context, key]));

/** Observations by context and key, then by event time. Their time to live is the table's own. */
export class DynamoContextStore implements ContextStore {
  readonly #connection: Connection;
  readonly #table: string;
  readonly #historyMs: Readonly<Record<string, number>>;

  /** @param historyMs - by context: how long observations are kept */
  constructor(connection: Connection, table: string, historyMs: Readonly<Record<string, number>>) {
    this.#connection = connection;
    this.#table = table;
    this.#historyMs = historyMs;
  }

  async observe(observations: readonly Observation[]): Promise<readonly Written[]> {
    // Of one key and event time only the highest goes into the call, whose statements are in no order. What came before a higher
    // one counts as written and overwritten.
    const highest = new Map<string, Observation>();
    const outrun = new Set<Observation>();
    for (const seen of observations) {
      const known = highest.get(slotOf(seen));
      if (known === undefined || rankOf(seen) >= rankOf(known)) highest.set(slotOf(seen), seen);
      else outrun.add(seen);
    }
    const written = await this.#write([...highest.values()]);
    const answers = new Map([...highest.keys()].map((slot, index) => [slot, written[index]]));
    return observations.map((seen) =>
      outrun.has(seen) ? { kind: 'conflict' } : (answers.get(slotOf(seen)) ?? missing),
    );
  }

  async #write(observations: readonly Observation[]): Promise<readonly Written[]> {
    const inserted = await execute(
      this.#connection,
      observations.map((seen) => this.#insert(seen)),
    );
    const there = observations.filter((_, index) => inserted[index]?.kind === 'refused');
    const updated = await execute(
      this.#connection,
      there.map((seen) => this.#update(seen)),
    );
    const answers = new Map<Observation, StatementAnswer | undefined>(
      there.map((seen, index) => [seen, updated[index]]),
    );
    return observations.map((seen, index) => {
      const answer = answers.has(seen) ? answers.get(seen) : inserted[index];
      if (answer === undefined) return missing;
      return answer.kind === 'refused' ? { kind: 'conflict' } : answer;
    });
  }

  #insert(seen: Observation): Statement {
    const { key, eventTime, ...content } = this.#attributes(seen);
    return {
      text: `INSERT INTO "${this.#table}" VALUE {'key': ?, 'eventTime': ?, ${names
        .map((name) => `'${name}': ?`)
        .join(', ')}}`,
      parameters: [key, eventTime, ...names.map((name) => content[name])],
    };
  }

  #update(seen: Observation): Statement {
    const { key, eventTime, ...content } = this.#attributes(seen);
    return {
      text: `UPDATE "${this.#table}" ${names
        .map((name) => `SET "${name}" = ?`)
        .join(' ')} WHERE "key" = ? AND "eventTime" = ? AND "rank" <= ?`,
      parameters: [...names.map((name) => content[name]), key, eventTime, content.rank],
    };
  }

  #attributes(
    seen: Observation,
  ): Readonly<Record<'key' | 'eventTime' | (typeof names)[number], AttributeValue>> {
    const { clock } = this.#connection;
    const kept = (this.#historyMs[seen.context] ?? 0) + keptLongerMs;
    return {
      key: { S: partitionKey(seen.context, seen.key) },
      eventTime: { N: String(seen.eventTime) },
      rank: { N: String(rankOf(seen)) },
      id: { S: seen.id },
      digest: { S: seen.digest },
      body: { S: seen.body },
      expiresAt: timeToLive(epochMsOf(clock.now() + kept)),
    };
  }

  /** One query for all times of a key that are asked for: from the latest back to the first that is not after the earliest. */
  async newest(queries: readonly ContextQuery[]): Promise<readonly Read<Observation | undefined>[]> {
    const byKey = Map.groupBy(queries, ({ context, key }) => lengthPrefixed([context, key]));
    const found = new Map<ContextQuery, Read<Observation | undefined>>();
    await Promise.all(
      [...byKey.values()].map(async (group) => {
        for (const [query, answer] of await this.#newestOf(group)) found.set(query, answer);
      }),
    );
    return queries.map((query) => found.get(query) ?? missing);
  }

  async #newestOf(
    group: readonly ContextQuery[],
  ): Promise<readonly (readonly [ContextQuery, Read<Observation | undefined>])[]> {
    const times = group.map(({ at }) => at);
    const earliest = Math.min(...times);
    const [first] = group;
    if (first === undefined) return [];
    const seen: Observation[] = [];
    let from: Attributes | undefined;
    try {
      do {
        const page = await this.#page(first, Math.max(...times), times.length, from);
        seen.push(...page.items.map((item) => observationOf(item, first)));
        from = page.next;
      } while (from !== undefined && (seen.at(-1)?.eventTime ?? Infinity) > earliest);
    } catch (thrown) {
      return group.map((query) => [query, { kind: 'unavailable', cause: storeUnavailable(thrown) }]);
    }
    return group.map((query) => [
      query,
      { kind: 'read', value: seen.find(({ eventTime }) => eventTime <= query.at) },
    ]);
  }

  async #page(
    { context, key }: ContextQuery,
    latest: number,
    limit: number,
    from: Attributes | undefined,
  ): Promise<{ readonly items: readonly Attributes[]; readonly next: Attributes | undefined }> {
    for (let tries = 1; ; tries += 1)
      try {
        const { Items = [], LastEvaluatedKey } = await this.#connection.client.send(
          new QueryCommand({
            TableName: this.#table,
            KeyConditionExpression: '#key = :key AND eventTime <= :latest',
            ExpressionAttributeNames: { '#key': 'key' },
            ExpressionAttributeValues: {
              ':key': { S: partitionKey(context, key) },
              ':latest': { N: String(latest) },
            },
            ScanIndexForward: false,
            ConsistentRead: true,
            // As many as there are times: close together they are served by a few observations, far apart by one each.
            Limit: limit,
            ...(from === undefined ? {} : { ExclusiveStartKey: { ...from } }),
          }),
        );
        return { items: Items, next: LastEvaluatedKey };
      } catch (thrown) {
        if (!isThrottled(thrown) || !(await mayTryAgain(this.#connection, tries))) throw thrown;
      }
  }

  /** The table's time to live does it, a day after the history. */
  async forget(): Promise<number> {
    return 0;
  }
}

const names = ['rank', 'id', 'digest', 'body', 'expiresAt'] as const;

const missing = {
  kind: 'unavailable',
  cause: storeUnavailable(new Error('the store gave no answer')),
} as const;

const slotOf = ({ context, key, eventTime }: Observation): string =>
  lengthPrefixed([context, key, String(eventTime)]);

const observationOf = (item: Attributes, { context, key }: ContextQuery): Observation => {
  const rank = BigInt(item['rank']?.N ?? 0);
  return {
    context,
    key,
    eventTime: epochMsOf(Number(item['eventTime']?.N)),
    epoch: Number(rank / 10n ** BigInt(offsetDigits)),
    offset: Number(rank % 10n ** BigInt(offsetDigits)),
    id: item['id']?.S ?? '',
    digest: item['digest']?.S ?? '',
    body: item['body']?.S ?? '',
  };
};
