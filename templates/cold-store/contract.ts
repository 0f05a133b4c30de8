import { keyed } from '../../lib/core/contract/policies.ts';
import { topic } from '../../lib/core/contract/topics.ts';
import { defineTrigger } from '../../lib/core/contract/trigger.ts';
import { days, hours, millis, minutes, perMinute, seconds } from '../../lib/core/units.ts';
import { Observed } from './event.ts';
import { Row } from './row.ts';
import { Decision, Vector } from './schemas.ts';

// Every hop begins at once: a window would spend the target on waiting.
const mapping = { window: seconds(0) };

/** The one place where the pipeline is described: `npx freshet contract check` says whether it contradicts itself. */
export const contract = defineTrigger({
  pipeline: 'cold-store',
  version: '1.0.0',
  owner: 'cold-store-team',
  // The promise that is measured, from publication to effect.
  freshness: { target: seconds(5), objective: 0.99 },
  // After it, acting is pointless.
  deadline: minutes(5),
  // A topic that the deployment creates; existingTopic('its-name', …) reads one that is there already.
  source: topic('cold-store.event.observed', {
    key: 'sensor',
    time: 'at',
    partitions: 6,
    retention: days(7),
    events: { observed: Observed },
    // The producer sends plain JSON, which has its identity in this member. Leave it out where CloudEvents headers come.
    identify: {
      source: '/cold-store',
      id: 'id',
    },
  }),
  features: { budget: millis(500), row: Row, memory: hours(24), output: Vector, mapping },
  inference: { budget: millis(1_000), output: Decision, late: 'flag', mapping },
  action: {
    budget: millis(1_500),
    // At-least-once under one idempotency key, which the downstream must honour.
    effect: keyed(),
    late: 'suppress',
    limit: perMinute(1_000),
    giveUp: { after: seconds(45), attempts: 5 },
    mapping,
  },
});
