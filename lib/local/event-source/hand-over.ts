import type { LoggedRecord, Producer } from '../../core/ports/event-log.ts';
import {
  discardObject,
  kafkaLetters,
  type DiscardContext,
  type Discarded,
  type DiscardObject,
} from './destination.ts';

export interface HandOverPorts {
  readonly log: Producer;
  readonly newId: () => string;
  readonly putObject: (folder: string, object: DiscardObject) => Promise<void>;
  /**
   * Notes what the mapping gave up on, before it is committed past: the verdict `mapping-gave-up`.
   * Where it rejects, the hand-over is tried again.
   */
  readonly gaveUp: (records: readonly LoggedRecord[], condition: Discarded['condition']) => Promise<void>;
}

export type HandOverOutcome = 'done' | 'failed' | 'refused';

/** Brings to the mapping's destination what it gave up on. Never rejects. */
export const handOver = async (
  discarded: Discarded,
  context: DiscardContext,
  ports: HandOverPorts,
): Promise<HandOverOutcome> => {
  const { whenRefused } = context.config.undocumented;
  try {
    const outcome = await deliver(discarded, context, ports);
    const isFinal = outcome === 'done' || (outcome === 'refused' && whenRefused === 'dropped');
    if (isFinal) await ports.gaveUp(discarded.unfinished, discarded.condition);
    return outcome;
  } catch {
    return 'failed';
  }
};

const deliver = async (
  discarded: Discarded,
  context: DiscardContext,
  { log, newId, putObject }: HandOverPorts,
): Promise<HandOverOutcome> => {
  const { destination } = context.config;
  switch (destination.kind) {
    case 'none':
      return 'done';
    case 's3':
      await putObject(destination.folder, discardObject(discarded, context, newId()));
      return 'done';
    case 'kafka': {
      const results = await log.produce(kafkaLetters(destination.topic, discarded, context));
      if (results.some(({ kind }) => kind === 'failed')) return 'failed';
      return results.some(({ kind }) => kind === 'too-large') ? 'refused' : 'done';
    }
  }
};
