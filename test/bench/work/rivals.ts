/** The same work without Freshet: as Powertools' documentation writes it, and as a loop that only decodes. */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { Context } from 'aws-lambda';
import { compiledValidators } from '../../../lib/adapters/schemas/compiled-validators.ts';
import type { KafkaEvent, KafkaEventRecord } from '../../../lib/runtime/kafka-event.ts';
import { inference } from '../../fixtures/orders/inference.ts';
import { localCredentials, localRegion } from '../../services/dynamodb-local.ts';

interface Decoded {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: unknown;
}

const decoded = ({ key, value, headers }: KafkaEventRecord): Decoded => {
  const texts: Record<string, string> = {};
  for (const header of headers ?? [])
    for (const [name, bytes] of Object.entries(header)) texts[name] = Buffer.from(bytes ?? []).toString();
  return {
    key: Buffer.from(key ?? '', 'base64').toString(),
    headers: texts,
    data: JSON.parse(Buffer.from(value ?? '', 'base64').toString()),
  };
};

const recordsIn = (event: KafkaEvent): readonly KafkaEventRecord[] => Object.values(event.records).flat();

/** Key, headers and value of each record, and nothing else. @returns how many there were */
export const decodeLoop = (event: KafkaEvent): number => {
  let count = 0;
  for (const record of recordsIn(event)) if (decoded(record).data !== undefined) count += 1;
  return count;
};

const { vector: checkVector, decision: checkDecision } = compiledValidators(inference.contract);

const decide = async (data: unknown): Promise<unknown> => {
  if (checkVector(data).length > 0) throw new Error('not a vector');
  const { answer } = await inference.model.infer(data, {
    signal: new AbortController().signal,
    deadline: inference.contract.deadlineMs as never,
    trace: undefined,
  });
  const decision = inference.decide({ ...answer, vector: data });
  if (checkDecision(decision).length > 0) throw new Error('not a decision');
  return decision;
};

/** What somebody would write by hand who wants validation, a decision and a record to send on, but no idempotency. */
export const handWritten = async (event: KafkaEvent): Promise<number> => {
  const outputs = [];
  for (const record of recordsIn(event)) {
    const { key, headers, data } = decoded(record);
    const decision = await decide(data);
    outputs.push({
      key: Buffer.from(key),
      value: Buffer.from(JSON.stringify(decision)),
      headers: Object.entries(headers).map(([name, text]) => ({ name, value: Buffer.from(text) })),
    });
  }
  return outputs.length;
};

/**
 * Each record through `makeIdempotent` with Powertools' own DynamoDB layer, all of a batch under `Promise.all`.
 *
 * @returns per event, how many decisions there are, and of those how many were made anew
 */
export const openPowertools = (
  endpoint: string,
): ((event: KafkaEvent) => Promise<{ readonly decisions: number; readonly made: number }>) => {
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: 'powertools',
    clientConfig: { endpoint, region: localRegion, credentials: localCredentials },
  });
  const config = new IdempotencyConfig({ throwOnNoIdempotencyKey: true });
  config.registerLambdaContext({ getRemainingTimeInMillis: () => 60_000 } as unknown as Context);
  let made = 0;
  const process = makeIdempotent(
    async (_id: string, data: unknown): Promise<unknown> => {
      made += 1;
      return decide(data);
    },
    { persistenceStore, config, keyPrefix: 'bench', dataIndexArgument: 0 },
  );
  return async (event) => {
    made = 0;
    const decisions = await Promise.all(
      recordsIn(event).map((record) => {
        const { headers, data } = decoded(record);
        return process(`${headers['ce_source']}#${headers['ce_id']}`, data);
      }),
    );
    return { decisions: decisions.length, made };
  };
};
