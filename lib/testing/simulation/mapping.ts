/** An event source mapping of the real scheduler, executed in this world. */
import type { StageName } from '../../core/contract/resolved.ts';
import type { LoggedRecord } from '../../core/ports/event-log.ts';
import { coordinateKey } from '../../core/record.ts';
import { kafkaLetters } from '../../local/event-source/destination.ts';
import type { InvocationResult } from '../../local/event-source/function-host.ts';
import type { HandOverOutcome } from '../../local/event-source/hand-over.ts';
import { mappingFor } from '../../local/event-source/mapping-for.ts';
import type { MappingConfig, UndocumentedChoices } from '../../local/event-source/mapping.ts';
import type { SchedulerCommand, SchedulerInput } from '../../local/event-source/scheduler-protocol.ts';
import { EventSourceScheduler } from '../../local/event-source/scheduler.ts';
import { beginning, type Actor } from './world.ts';
import { environment, timeoutMs, type Deployment } from './deployment.ts';
import { invoke } from './workers.ts';

interface Fetch {
  readonly fetchId: number;
  readonly partition: number;
  readonly from: number;
  readonly maxRecords: number;
}

export class SimMapping {
  readonly stage: StageName;
  readonly topic: string;
  readonly group: string;
  /** Invocations that may still be running, zombies among them. */
  readonly running = new Set<Actor>();
  readonly #deployment: Deployment;
  readonly #config: MappingConfig;
  readonly #partitions: number;
  #scheduler: EventSourceScheduler;
  #actor: Actor;
  #fetches: Fetch[] = [];
  #cancelWake: () => void = () => {};
  #generation = 0;
  #invocations = 0;
  /** The broker's appends when nothing more was to be fetched; `undefined` while nobody has looked. */
  #polledAt: number | undefined;

  constructor(deployment: Deployment, stage: StageName, undocumented: Partial<UndocumentedChoices>) {
    this.#deployment = deployment;
    this.stage = stage;
    const place = { environment, bucketFolder: 'unused', options: { undocumented, timeoutMs } };
    this.#config = mappingFor(deployment.contract, stage, place, beginning);
    this.topic = this.#config.topic;
    this.group = this.#config.group;
    this.#partitions = deployment.broker.topic(this.topic).partitions.length;
    this.#actor = this.#newActor();
    this.#scheduler = new EventSourceScheduler(this.#config);
    this.#on({ kind: 'enable' });
  }

  /** The emulator dies and another begins where the offsets say. What it had invoked goes on, and nobody hears of it. */
  restart(): void {
    this.#deployment.world.end(this.#actor);
    this.#fetches = [];
    this.#actor = this.#newActor();
    this.#scheduler = new EventSourceScheduler(this.#config);
    this.#on({ kind: 'enable' });
  }

  /** Everything consumed, and nothing in flight. */
  get isDrained(): boolean {
    const { broker } = this.#deployment;
    return (
      this.#scheduler.settled &&
      broker
        .topic(this.topic)
        .partitions.every(
          (log, partition) => broker.committed(this.group, this.topic, partition) >= log.length,
        )
    );
  }

  /** Answers the fetches for which there is something by now. */
  poll(): void {
    const { broker } = this.#deployment;
    if (this.#polledAt === broker.appends) return;
    this.#polledAt = broker.appends;
    for (const fetch of this.#fetches) {
      const log = broker.topic(this.topic).partitions[fetch.partition]!;
      if (log.length <= fetch.from) continue;
      this.#fetches = this.#fetches.filter((other) => other !== fetch);
      const { from, maxRecords, fetchId } = fetch;
      this.#on({ kind: 'fetched', fetchId, records: log.slice(from, from + maxRecords) });
    }
  }

  #newActor(): Actor {
    this.#generation += 1;
    return {
      name: `esm ${this.stage} ${this.#generation}`,
      skewMs: 0,
      alive: true,
      stalledUntil: beginning,
      onCrash: () => this.restart(),
    };
  }

  #on(input: SchedulerInput): void {
    for (const command of this.#scheduler.on(this.#deployment.world.now, input)) this.#execute(command);
  }

  #execute(command: SchedulerCommand): void {
    const { world, broker } = this.#deployment;
    const actor = this.#actor;
    /** What comes of a command reaches the scheduler that gave it, or nobody. */
    const answer = (input: SchedulerInput): void => {
      if (actor.alive) this.#on(input);
    };
    switch (command.kind) {
      case 'assign':
        void world
          .operation(actor, 'read committed offsets', {
            perform: () =>
              Array.from({ length: this.#partitions }, (_, partition) => ({
                partition,
                from: broker.committed(this.group, this.topic, partition),
              })),
          })
          .then((partitions) => answer({ kind: 'assigned', partitions }));
        break;
      case 'fetch':
        this.#fetches.push(command);
        this.#polledAt = undefined;
        break;
      case 'invoke':
        this.#invoke(command.invocationId, command.records, answer);
        break;
      case 'commit':
        void world
          .operation(
            actor,
            `commit ${command.offsets.map(({ partition, offset }) => `${partition}/${offset}`).join(' ')}`,
            {
              perform: () => {
                for (const { partition, offset } of command.offsets) this.#commit(partition, offset);
                return true;
              },
              failed: () => false,
            },
          )
          .then((isDone) =>
            answer({ kind: isDone ? 'committed' : 'commit-failed', commitId: command.commitId }),
          );
        break;
      case 'discard':
        void world
          .operation<HandOverOutcome>(
            actor,
            `hand over ${command.discarded.unfinished.length} to the destination`,
            {
              perform: () => {
                // The destination's broker takes less than the mapping hands over, until somebody raises its limit.
                const isRefused = world.has('store-fails') && world.tape.pick(3) === 2;
                if (isRefused && this.#config.undocumented.whenRefused === 'keeps-trying') return 'refused';
                if (!isRefused)
                  for (const letter of this.#letters(command)) broker.append(actor.name, letter);
                for (const { topic, partition, offset } of command.discarded.unfinished)
                  world.journal.note(actor.name, {
                    kind: 'verdict',
                    stage: this.stage,
                    at: { topic, topicId: broker.topic(topic).id, partition, offset },
                    verdict: { kind: 'mapping-gave-up' },
                  });
                return isRefused ? 'refused' : 'done';
              },
              failed: () => 'failed',
            },
          )
          .then((outcome) => answer({ kind: 'discarded', discardId: command.discardId, outcome }));
        break;
      case 'state':
        break;
      case 'wake':
        // Only the latest one counts.
        this.#cancelWake();
        this.#cancelWake = world.alarm(actor, 'wake', command.at - world.now, () =>
          this.#on({ kind: 'tick' }),
        );
        break;
    }
  }

  #letters(command: Extract<SchedulerCommand, { kind: 'discard' }>): ReturnType<typeof kafkaLetters> {
    const { destination } = this.#config;
    return destination.kind === 'kafka'
      ? kafkaLetters(destination.topic, command.discarded, {
          config: this.#config,
          requestId: `request-${command.discardId}`,
          at: this.#deployment.world.now,
        })
      : [];
  }

  #commit(partition: number, offset: number): void {
    const { world, broker } = this.#deployment;
    broker.commit(this.group, this.topic, partition, offset);
    world.journal.note(this.#actor.name, {
      kind: 'committed',
      stage: this.stage,
      topicId: broker.topic(this.topic).id,
      partition,
      offset,
    });
  }

  #invoke(
    invocationId: number,
    records: readonly LoggedRecord[],
    answer: (input: SchedulerInput) => void,
  ): void {
    const { world, broker } = this.#deployment;
    this.#invocations += 1;
    const topicId = broker.topic(this.topic).id;
    world.journal.note(this.#actor.name, {
      kind: 'invoked',
      stage: this.stage,
      batch: records.map(({ partition, offset }) => coordinateKey({ topicId, partition, offset })),
    });
    let isOver = false;
    const end = (result: InvocationResult): void => {
      if (isOver) return;
      isOver = true;
      cancelTimeout();
      answer({ kind: 'invoked', invocationId, result });
    };
    const worker = world.actor(`${this.stage}#${this.#invocations}`, () => {
      this.running.delete(worker);
      end({ kind: 'error', phase: 'invoke', errorType: 'Crash', message: 'the worker is gone' });
    });
    this.running.add(worker);
    // The host's own timer: it outlives a worker that does not heed it.
    const host = { ...this.#actor, name: `host of ${worker.name}`, onCrash: () => {} };
    const cancelTimeout = world.alarm(host, 'function timeout', timeoutMs, () => {
      const livesOn = world.has('zombie') && world.tape.chance(2);
      if (!livesOn) {
        this.running.delete(worker);
        world.end(worker);
      }
      end({ kind: 'timeout', afterMs: timeoutMs });
    });
    world.tell(
      () =>
        `${worker.name} begins with ${records.map(({ partition, offset }) => `${partition}/${offset}`).join(' ')}`,
    );
    invoke(this.#deployment, this.stage, worker, records).then(
      (response) => {
        this.running.delete(worker);
        end({ kind: 'returned', response });
      },
      (thrown: unknown) => {
        this.running.delete(worker);
        if (worker.alive)
          end({ kind: 'error', phase: 'invoke', errorType: 'Error', message: String(thrown) });
      },
    );
  }
}
