import { describe, expect, it } from 'vitest';
import { tableNames, tableShape, type TableName } from '../../../lib/core/contract/tables.ts';
import { ConfigError, InvariantError, TransientError } from '../../../lib/core/errors.ts';
import type { Answered, TableFacts } from '../../../lib/core/ports/examination.ts';
import { driftedTables, driftedTopics } from '../../../lib/local/drifted.ts';
import { wantedTopics } from '../../../lib/ops/topics/wanted-topics.ts';
import { answer, silence } from '../../support/examinations.ts';
import { tinyContract } from '../../support/tiny-contract.ts';

const contract = tinyContract();
const environment = 'dev';

describe('topics that are there', () => {
  const found = wantedTopics(contract, environment).map((topic) => ({ ...topic, id: topic.name }));
  const describing = (
    change: (topic: (typeof found)[number]) => (typeof found)[number] | undefined,
  ): Parameters<typeof driftedTopics>[0] => ({
    contract,
    environment,
    log: {
      describe: async (name) =>
        found.filter((topic) => topic.name === name).flatMap((topic) => change(topic) ?? [])[0],
    },
  });

  it('as the contract wants them, or are not there, are no news', async () => {
    expect(await driftedTopics(describing((topic) => topic))).toEqual([]);
    expect(await driftedTopics(describing(() => undefined))).toEqual([]);
  });

  it('and differ are told of, setting by setting', async () => {
    const [first] = found;
    const changed = describing((topic) =>
      topic.name === first?.name ? { ...topic, partitions: 999, maxRecordBytes: 1 } : topic,
    );
    expect(await driftedTopics(changed)).toMatchObject([
      { subject: `topic ${first?.name}`, setting: 'partitions', got: '999' },
      { subject: `topic ${first?.name}`, setting: 'max.message.bytes', got: '1' },
    ]);
  });

  it('whose settings may not be read were not looked at, which is said; a fault of ours is none', async () => {
    const refusing = (thrown: Error) => ({
      ...describing(() => undefined),
      log: { describe: () => Promise.reject(thrown) },
    });
    const refused = new TransientError('LOG_UNAVAILABLE', { message: 'TOPIC_AUTHORIZATION_FAILED' });
    expect(await driftedTopics(refusing(refused))).toMatchObject([
      { subject: 'topics', got: 'not probed: TOPIC_AUTHORIZATION_FAILED' },
    ]);
    const fault = new InvariantError('STATE_TABLE_BROKEN', { message: 'broken' });
    await expect(driftedTopics(refusing(fault))).rejects.toBe(fault);
  });
});

describe('tables that are there', () => {
  const tables = Object.fromEntries(tableNames.map((name) => [name, `dev-${name}`]));
  const factsOf = (name: TableName): TableFacts => {
    const { partitionKey, sortKey, index, expires } = tableShape(name);
    const keysOf = (key: string, sort: typeof sortKey): TableFacts['keys'] => [
      { name: key, type: 'text' },
      ...(sort === undefined ? [] : [sort]),
    ];
    return {
      status: 'ACTIVE',
      keys: keysOf(partitionKey, sortKey),
      indexes:
        index === undefined ? [] : [{ name: index.name, keys: keysOf(index.partitionKey, index.sortKey) }],
      timeToLive: answer(expires ? 'expiresAt' : null),
    };
  };
  /** All tables as they should be, but for one. */
  const judged = (of: TableName, given: Answered<TableFacts | null>) =>
    driftedTables(
      {
        table: async (table) => {
          const name = tableNames.find((one) => `dev-${one}` === table);
          if (name === undefined) throw new Error(`no table ${table}`);
          return name === of ? given : answer(factsOf(name));
        },
      },
      tables,
    );

  it('as they should be, are missing, or cannot be looked at, are no news', async () => {
    expect(await judged('rows', answer(factsOf('rows')))).toEqual([]);
    expect(await judged('rows', answer(null))).toEqual([]);
    expect(await judged('rows', silence())).toEqual([]);
  });

  it('with time to live off are told of', async () => {
    expect(await judged('claims', answer({ ...factsOf('claims'), timeToLive: answer(null) }))).toEqual([
      {
        subject: 'table dev-claims',
        setting: 'time to live',
        got: 'off',
        expected: 'on, by expiresAt',
        fix: 'turn it on for expiresAt: without, the table only grows',
      },
    ]);
  });

  it('with other keys are refused, with how to mend it', async () => {
    const other = answer({ ...factsOf('rows'), keys: [{ name: 'id', type: 'text' as const }] });
    const thrown: unknown = await judged('rows', other).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ConfigError);
    expect(thrown).toMatchObject({
      code: 'ENVIRONMENT_INVALID',
      problems: [
        {
          path: 'table dev-rows, keys',
          got: 'id (text)',
          expected: 'entity (text)',
          fix: expect.stringMatching(/^delete the table/) as string,
        },
      ],
    });
  });
});
