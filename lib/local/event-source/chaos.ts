import type { KafkaEvent, KafkaEventRecord } from '../../runtime/kafka-event.ts';
import type { FunctionHost, InvocationRequest, InvocationResult } from './function-host.ts';
import { seededRandom } from '../../core/seeded-random.ts';

/** What Lambda may do and seldom does, done often. */
export interface Chaos {
  /** The same seed makes the same choices in the same order of invocations. */
  readonly seed: number;
  /** Share of batches that are delivered again after they succeeded, before they are committed: 0 to 1. */
  readonly redeliver: number;
  /** Share of batches that are delivered in two parts. */
  readonly split: number;
}

/**
 * A host that invokes more often than it is asked to. The batch's result is that of its last delivery.
 *
 * @param partialResponses - whether the mapping asks for them: else nothing in a response means failure
 */
export const withChaos = (
  host: FunctionHost,
  { seed, redeliver, split }: Chaos,
  { partialResponses, newId }: { readonly partialResponses: boolean; readonly newId: () => string },
): FunctionHost => {
  const random = seededRandom(seed);
  const hasFailures = (response: unknown): boolean => partialResponses && failuresOf(response).length > 0;

  const deliver = async (event: KafkaEvent, request: InvocationRequest): Promise<InvocationResult> => {
    const count = Object.values(event.records).flat().length;
    // Drawn for every batch, so that the size of one does not shift the choices of those behind it.
    const [splits, where] = [random() < split, random()];
    if (!splits || count < 2) return host.invoke(event, request);
    const [first, second] = parts(event, 1 + Math.floor(where * (count - 1)));
    const result = await host.invoke(first, request);
    if (result.kind !== 'returned') return result;
    // Lambda never delivers behind an unfinished record: the second part then counts as unfinished too.
    if (hasFailures(result.response)) return unfinished(result.response, second);
    return host.invoke(second, { ...request, requestId: newId() });
  };

  return {
    invoke: async (event, request) => {
      const redelivers = random() < redeliver;
      const result = await deliver(event, request);
      const succeeded = result.kind === 'returned' && !hasFailures(result.response);
      return redelivers && succeeded ? host.invoke(event, { ...request, requestId: newId() }) : result;
    },
  };
};

type Entry = readonly [string, KafkaEventRecord];

const parts = (event: KafkaEvent, count: number): readonly [KafkaEvent, KafkaEvent] => {
  const entries = Object.entries(event.records).flatMap(([key, records]) =>
    records.map((record): Entry => [key, record]),
  );
  const eventOf = (part: readonly Entry[]): KafkaEvent => {
    const records: Record<string, KafkaEventRecord[]> = {};
    for (const [key, record] of part) (records[key] ??= []).push(record);
    return { ...event, records };
  };
  return [eventOf(entries.slice(0, count)), eventOf(entries.slice(count))];
};

const failuresOf = (response: unknown): readonly unknown[] => {
  const failures =
    typeof response === 'object' && response !== null
      ? (response as { readonly batchItemFailures?: unknown }).batchItemFailures
      : undefined;
  return Array.isArray(failures) ? (failures as readonly unknown[]) : [];
};

const unfinished = (response: unknown, { records }: KafkaEvent): InvocationResult => ({
  kind: 'returned',
  response: {
    batchItemFailures: [
      ...failuresOf(response),
      ...Object.entries(records).flatMap(([partition, theirs]) =>
        theirs.map(({ offset }) => ({ itemIdentifier: { partition, offset } })),
      ),
    ],
  },
});
