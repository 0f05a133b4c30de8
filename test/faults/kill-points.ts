import type { Fault } from './fault.ts';
import type { Stream } from './stream.ts';
import { until } from './waiting.ts';

type Stage = 'features' | 'inference' | 'action';

type Kill = () => void | Promise<void>;

/** Sets a trap that kills whoever is at a point of a stage's way. */
type Point = Partial<Readonly<Record<Stage, (stream: Stream, skip: number, kill: Kill) => void>>>;

const tables = { features: 'rows', inference: 'claims', action: 'effects' } as const;

const write =
  (stage: Stage, verb: 'INSERT' | 'UPDATE', parameter: string, when: 'before' | 'after') =>
  ({ dynamodb }: Stream, skip: number, spring: Kill): void =>
    void dynamodb.traps.add({ verb, table: tables[stage], parameter, when, skip, spring });

const produce =
  (topicOf: (stream: Stream) => string, when: 'before' | 'after') =>
  (stream: Stream, skip: number, spring: Kill): void =>
    void stream.services.kafka.traps.add({ api: 'produce', text: topicOf(stream), when, skip, spring });

const commit =
  (stage: Stage) =>
  (stream: Stream, skip: number, spring: Kill): void =>
    void stream.services.kafka.traps.add({
      api: 'offset-commit',
      text: stream.namesOf(stage).group,
      when: 'before',
      skip,
      spring,
    });

const vectors = (stream: Stream): string => stream.namesOf('inference').source;
const decisions = (stream: Stream): string => stream.namesOf('action').source;
const outcomes = (stream: Stream): string => stream.outcomes;

/** Between two steps: what is before is done, and what is after was not begun. */
const points = {
  'killed-after-claim': {
    inference: write('inference', 'INSERT', '', 'after'),
    action: write('action', 'INSERT', '', 'after'),
  },
  'killed-after-run': {
    features: produce(vectors, 'before'),
    inference: write('inference', 'UPDATE', '"DONE"', 'before'),
    action: write('action', 'UPDATE', '"DONE"', 'before'),
  },
  'killed-after-freeze': {
    inference: produce(decisions, 'before'),
    action: produce(outcomes, 'before'),
  },
  'killed-after-emit': {
    features: write('features', 'UPDATE', '', 'before'),
    inference: produce(decisions, 'after'),
    action: produce(outcomes, 'after'),
  },
  'killed-after-advance': {
    features: write('features', 'UPDATE', '', 'after'),
    inference: commit('inference'),
    action: commit('action'),
  },
} as const satisfies Readonly<Record<string, Point>>;

const eventCount = 60;

/** The whole emulator, which is started anew, or the worker alone: then its batch is delivered again while its claims still hold. */
const victimOf = (seed: number): 'emulator' | 'worker' => (seed % 5 < 3 ? 'emulator' : 'worker');

const killedAt = (name: string, point: Point): Fault => ({
  name,
  needsOwnServices: false,
  // Both policies at the action's points: its stage comes with every third, or every second seed.
  variantOf: (seed) => ({ policy: seed % 4 < 2 ? 'keyed' : 'at-most-once' }),
  play: async (stream, seed) => {
    const stages = Object.keys(point) as readonly Stage[];
    const stage = stages[seed % stages.length] ?? 'action';
    const victim = victimOf(seed);
    const state = stream.folder();
    const killed = Promise.withResolvers<string>();
    // It is looked at when the trap is known to have sprung.
    killed.promise.catch(() => {});
    let isSprung = false;
    const kill = async (): Promise<void> => {
      isSprung = true;
      if (victim === 'emulator') stream.killEmulators();
      else await emulator.killWorker(stage).then(killed.resolve, killed.reject);
    };
    const skip = stream.chance(0, 3);
    const emulator = await stream.start(state);
    point[stage]?.(stream, skip, kill);
    const sending = stream.producer.send(eventCount, 1_500);
    await until(`${name} to come about`, () => isSprung);
    if (victim === 'emulator') {
      await emulator.ended();
      await stream.start(state);
    } else {
      const said = await killed.promise;
      // An offset is committed when the worker has answered, and by then it may have the next batch, or none.
      if (!said.includes('in the midst of a batch') && name !== 'killed-after-advance') throw new Error(said);
    }
    await sending;
    await stream.settled();
    return [];
  },
});

export const killPoints: readonly Fault[] = Object.entries(points).map(([name, point]) =>
  killedAt(name, point),
);
