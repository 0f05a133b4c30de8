import type { Read, RowStore, RowWrite, StoredRow, Written } from '../../core/ports/stores.ts';
import type { Connection } from './client.ts';
import { keyText } from './key-text.ts';
import { readItems, type Attributes } from './read-items.ts';
import { execute, type Statement } from './statements.ts';

const rowOf = (item: Attributes | undefined): StoredRow | undefined => {
  const [body, digest] = [item?.['body']?.S, item?.['digest']?.S];
  return body === undefined || digest === undefined ? undefined : { body, digest };
};

/** Rows of features, an item for each entity. A write holds only against the digest of the whole row as it was read. */
export class DynamoRowStore implements RowStore {
  readonly #connection: Connection;
  readonly #table: string;

  constructor(connection: Connection, table: string) {
    this.#connection = connection;
    this.#table = table;
  }

  async read(entities: readonly string[]): Promise<readonly Read<StoredRow | undefined>[]> {
    const answers = await readItems(this.#connection, this.#table, 'entity', entities.map(keyText));
    return entities.map((entity) => {
      const answer = answers.get(keyText(entity));
      return answer?.kind === 'unavailable' ? answer : { kind: 'read', value: rowOf(answer?.value) };
    });
  }

  async write(writes: readonly RowWrite[]): Promise<readonly Written[]> {
    const answers = await execute(
      this.#connection,
      writes.map((write) => this.#statement(write)),
    );
    return answers.map((answer) => (answer.kind === 'refused' ? { kind: 'conflict' } : answer));
  }

  #statement({ entity, expected, row }: RowWrite): Statement {
    const [key, body, digest] = [{ S: keyText(entity) }, { S: row.body }, { S: row.digest }];
    return expected === null
      ? {
          text: `INSERT INTO "${this.#table}" VALUE {'entity': ?, 'body': ?, 'digest': ?}`,
          parameters: [key, body, digest],
        }
      : {
          text: `UPDATE "${this.#table}" SET "body" = ? SET "digest" = ? WHERE "entity" = ? AND "digest" = ?`,
          parameters: [body, digest, key, { S: expected }],
        };
  }
}
