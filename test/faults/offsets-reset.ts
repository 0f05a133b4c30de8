import { systemClock } from '../../lib/adapters/system.ts';
import { openEmbedded } from '../../lib/adapters/sqlite/embedded.ts';
import { messageOf } from '../../lib/core/errors.ts';
import { kafkaTool } from '../services/kafka-tool.ts';
import type { Finding } from '../support/evidence-checker.ts';
import type { Fault } from './fault.ts';
import type { Stream } from './stream.ts';

const stages = ['features', 'inference', 'action'] as const;

/** Sets a group to the beginning of its topic, by Kafka's own tool or by ours. @returns what was said against it */
const rewind = async (
  stream: Stream,
  stage: (typeof stages)[number],
  byKafka: boolean,
): Promise<string | undefined> => {
  const { source, group } = stream.namesOf(stage);
  if (byKafka) {
    const where = ['--bootstrap-server', stream.services.broker.bootstrap, '--group', group];
    const what = ['--reset-offsets', '--topic', source, '--to-earliest', '--execute'];
    const said = await kafkaTool('ConsumerGroupCommand', [...where, ...what]);
    return said.includes('the current state is') ? said : undefined;
  }
  const ranges = await stream.kafka.log.offsets(source);
  const offsets = ranges.map(({ partition, earliest }) => ({ topic: source, partition, offset: earliest }));
  return stream.kafka.groups.commit(group, offsets).then(() => undefined, messageOf);
};

const fencedIn = async (state: string, pipeline: string): Promise<number> => {
  const embedded = openEmbedded({ folder: state, pipeline, clock: systemClock });
  try {
    return (await embedded.verdicts.countByStage()).get('features')?.verdicts['fenced'] ?? 0;
  } finally {
    embedded.close();
  }
};

const textOf = (value: unknown): string => JSON.stringify(value);

/** Refused while somebody is in the group; else everything is consumed once more, and nothing done again. */
const offsetsReset: Fault = {
  name: 'offsets-reset',
  needsOwnServices: false,
  variantOf: (seed) => ({ policy: seed % 2 === 0 ? 'keyed' : 'at-most-once' }),
  play: async (stream, seed) => {
    const byKafka = seed % 2 === 1;
    const emulator = await stream.start(stream.folder());
    await stream.producer.send(30 + stream.chance(0, 30), 1_000);
    const found: Finding[] = [];
    for (const stage of stages) {
      const refused = await rewind(stream, stage, byKafka);
      if (refused === undefined)
        found.push({ kind: 'phantom', what: 'offsets of an active group were reset', ids: [stage] });
    }
    await stream.settled();
    const before = await stream.evidence();
    await emulator.stop();
    for (const each of stages) {
      const said = await rewind(stream, each, byKafka);
      if (said !== undefined) throw new Error(`the group of ${each} is empty, and cannot be reset: ${said}`);
    }
    // Books of its own, so that they say what became of the records this time.
    const state = stream.folder();
    const again = await stream.start(state);
    await stream.settled();
    await again.stop();
    const after = await stream.evidence();
    const fenced = await fencedIn(state, stream.pipeline);
    const fresh = new Set(before.decisions.map(textOf));
    const changed = after.decisions.filter((decision) => !fresh.has(textOf(decision)));
    if (after.requests.length > before.requests.length)
      found.push({
        kind: 'duplicate',
        what: 'requested again in a replay',
        ids: after.requests.slice(before.requests.length).map(({ event }) => event),
      });
    if (changed.length > 0)
      found.push({
        kind: 'duplicate',
        what: 'decided again in a replay',
        ids: changed.map(({ event }) => event),
      });
    if (fenced !== after.logged.length)
      found.push({
        kind: 'lost',
        what: 'events in the log and events that were counted as fenced',
        ids: [String(after.logged.length), String(fenced)],
      });
    return found;
  },
};

export const offsetFaults: readonly Fault[] = [offsetsReset];
