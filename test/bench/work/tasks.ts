import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import type { KafkaEvent } from '../../../lib/runtime/kafka-event.ts';
import { decisions, placedOrders, vectors, type OrdersOptions } from './order-events.ts';
import { decodeLoop, handWritten, openPowertools } from './rivals.ts';
import { openStage, type BenchedStage } from './stage-handlers.ts';

export type Contender =
  | {
      readonly kind: 'stage';
      readonly stage: BenchedStage;
      readonly hold?: boolean;
      readonly customers?: number;
    }
  | { readonly kind: 'without-idempotency' }
  | { readonly kind: 'powertools' }
  | { readonly kind: 'hand-written' }
  | { readonly kind: 'decode-loop' };

export interface ClientTask {
  readonly contender: Contender;
  readonly endpoint: string;
  readonly batchSize: number;
  /** Batches that warm up, and are not measured. */
  readonly warmUp: number;
  readonly batches: number;
  /** Of the first record; tasks on one store begin where the one before ended, unless they redeliver. */
  readonly from: number;
  /** Whether the records were delivered before: then each must be answered from the store. */
  readonly isRedelivery?: boolean;
  /** File that a profile of the measured batches is written to: they take longer then. */
  readonly profile?: string;
}

export interface ClientAnswer {
  readonly records: number;
  /** User and system, of this process alone. */
  readonly cpuMicros: number;
  /** Of each batch. */
  readonly wallMs: readonly number[];
}

const eventsOf = (contender: Contender, options: OrdersOptions): KafkaEvent => {
  if (contender.kind !== 'stage') return vectors(options);
  const { hold = false, customers = options.count } = contender;
  switch (contender.stage) {
    case 'features':
      return placedOrders({ ...options, customers });
    case 'inference':
      return vectors(options);
    case 'action-keyed':
    case 'action-at-most-once':
      return decisions({ ...options, hold });
  }
};

/** A batch through a contender; it throws where the batch was not done as it should be. */
const open = (
  { contender, endpoint, isRedelivery = false }: ClientTask,
  batchSize: number,
): ((event: KafkaEvent) => Promise<void>) => {
  switch (contender.kind) {
    case 'stage':
    case 'without-idempotency': {
      const isStage = contender.kind === 'stage';
      const stage = openStage(isStage ? contender.stage : 'inference', isStage ? endpoint : undefined);
      // Fenced records emit nothing; what is stored is emitted at every delivery, and made once.
      const isFenced = isRedelivery && isStage && contender.stage === 'features';
      const expected = { all: isFenced ? 0 : batchSize, made: isRedelivery ? 0 : batchSize };
      return async (event) => {
        assert.deepEqual(await stage.handle(event), { batchItemFailures: [] });
        assert.deepEqual(stage.emitted(), expected);
      };
    }
    case 'powertools': {
      const run = openPowertools(endpoint);
      return async (event) => {
        assert.deepEqual(await run(event), { decisions: batchSize, made: isRedelivery ? 0 : batchSize });
      };
    }
    case 'hand-written':
      return async (event) => assert.equal(await handWritten(event), batchSize);
    case 'decode-loop':
      return async (event) => assert.equal(decodeLoop(event), batchSize);
  }
};

/** Runs a task here and now. @throws {AssertionError} where a record was not decided as it should be */
export const perform = async (task: ClientTask): Promise<ClientAnswer> => {
  const { contender, batchSize, warmUp, batches, from, profile } = task;
  const run = open(task, batchSize);
  // As texts: so many objects, kept alive, would cost whoever is measured a heap that it has not made.
  const texts = Array.from({ length: warmUp + batches }, (_, index) =>
    JSON.stringify(eventsOf(contender, { count: batchSize, from: from + index * batchSize })),
  );
  const wallMs: number[] = [];
  let cpuMicros = 0;
  const profiler = profile === undefined ? undefined : new Session();
  profiler?.connect();
  for (const [index, text] of texts.entries()) {
    const event = JSON.parse(text) as KafkaEvent;
    if (profiler !== undefined && index === warmUp) {
      await profiler.post('Profiler.enable');
      await profiler.post('Profiler.setSamplingInterval', { interval: 200 });
      await profiler.post('Profiler.start');
    }
    const before = process.cpuUsage();
    const startedAt = performance.now();
    await run(event);
    if (index < warmUp) continue;
    wallMs.push(performance.now() - startedAt);
    const { user, system } = process.cpuUsage(before);
    cpuMicros += user + system;
  }
  if (profiler !== undefined && profile !== undefined) {
    await writeFile(profile, JSON.stringify((await profiler.post('Profiler.stop')).profile));
    profiler.disconnect();
  }
  return { records: batches * batchSize, cpuMicros, wallMs };
};
