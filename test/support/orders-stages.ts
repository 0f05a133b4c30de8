import type { Static } from 'typebox';
import type { SendAnswer } from '../../lib/core/stages/action.ts';
import type { FeaturesStage } from '../../lib/core/stages/features.ts';
import { action } from '../fixtures/orders/action.ts';
import type { Placed } from '../fixtures/orders/contract.ts';
import { features } from '../fixtures/orders/features.ts';
import { inference } from '../fixtures/orders/inference.ts';
import { openOpsBench, type BenchStages, type OpsBench } from './ops-bench.ts';

export const ordersStages: BenchStages = { features, inference, action };

/** Features whose fold refuses what `broken` says, as a bug would; mended by giving the stages as they are. */
export const breaking = (stages: BenchStages, broken: (event: unknown) => boolean): BenchStages => {
  const on: FeaturesStage['on'] = Object.fromEntries(
    Object.entries(stages.features.on).map(([type, handler]) => [
      type,
      {
        ...handler,
        fold: (state: unknown, event: unknown) => {
          if (broken(event)) throw new Error('a bug');
          return handler.fold(state, event);
        },
      },
    ]),
  );
  return { ...stages, features: { ...stages.features, on } };
};

/** An order of one line; a large quantity is held. */
export const placed = (eventId: string, { customer = 'ada', quantity = 40 } = {}): Static<typeof Placed> => ({
  eventId,
  kind: 'placed',
  customer,
  order: `order-${eventId}`,
  at: '2026-01-05T08:00:00Z',
  lines: [{ sku: 'lamp', quantity, unitCents: 500 }],
});

/** A bench on which one held order has gone through the whole chain; its requests are answered so, and then with `done`. */
export const oneEffect = async (...answers: readonly SendAnswer[]): Promise<OpsBench> => {
  const bench = await openOpsBench(ordersStages);
  bench.answers.push(...answers);
  await bench.publish('placed', 'a', placed('a'));
  await bench.run();
  return bench;
};
