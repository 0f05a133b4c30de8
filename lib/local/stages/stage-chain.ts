import type { Embedded } from '../../adapters/sqlite/embedded.ts';
import type { BuiltPipeline } from '../../build/build-pipeline.ts';
import type { StageName } from '../../core/contract/resolved.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { CommittedOffset, ConsumerGroups } from '../../core/ports/event-log.ts';
import type { EpochMs } from '../../core/units.ts';
import type { Chaos } from '../event-source/chaos.ts';
import type { InvocationResult } from '../event-source/function-host.ts';
import { MappingRegistry } from '../event-source/registry.ts';
import type { FunctionLine } from '../function-environment.ts';
import type { Quantiles } from '../report/quantiles.ts';
import type { StagePosition } from './stage-positions.ts';
import { StageRun } from './stage-run.ts';

export interface StageChainOptions {
  readonly built: BuiltPipeline;
  readonly environment: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly bucketFolder: string;
  readonly embedded: Embedded;
  readonly clock: Clock;
  readonly chaos: Chaos | undefined;
  readonly onCommitted: (offsets: readonly CommittedOffset[]) => void;
  readonly onLine: (stage: StageName, line: FunctionLine) => void;
  readonly onInvoked: (stage: StageName, result: InvocationResult) => void;
}

export interface StageProgress extends StagePosition {
  readonly name: StageName;
  /** Of what was settled lately. */
  readonly freshnessMs: Quantiles | null;
  /** In this run. */
  readonly deadLetters: number;
}

/** The stage that reads what a stage writes. */
const nextOf: Readonly<Record<string, StageName>> = { features: 'inference', inference: 'action' };

/** All stages of a pipeline, side by side: contexts first, then the chain. */
export class StageChain {
  readonly stages: readonly StageRun[];
  readonly #groups: ConsumerGroups;
  readonly #clock: Clock;

  constructor(options: StageChainOptions) {
    const { built, embedded, onInvoked, onCommitted } = options;
    this.#clock = options.clock;
    this.#groups = {
      committed: (group) => embedded.groups.committed(group),
      listGroups: () => embedded.groups.listGroups(),
      commit: async (group, offsets) => {
        await embedded.groups.commit(group, offsets);
        for (const { positions } of this.stages) positions.committed(group, offsets);
        onCommitted(offsets);
      },
    };
    const registry = new MappingRegistry();
    this.stages = built.stages.map(
      (stage) =>
        new StageRun({
          ...options,
          contract: built.contract,
          built: stage,
          registry,
          groups: this.#groups,
          onInvoked: (name, result) => {
            // Its outputs are in the log by now: whoever reads them need not wait until it looks by itself.
            this.#stage(nextOf[name])?.source.notify();
            onInvoked(name, result);
          },
        }),
    );
  }

  async start(): Promise<void> {
    await Promise.all(this.stages.map((stage) => stage.start()));
  }

  /** Something was published to what features or contexts read. */
  notify(lane: 'source' | 'context'): void {
    for (const stage of this.stages)
      if (lane === 'source' ? stage.name === 'features' : stage.name.startsWith('context-'))
        stage.source.notify();
  }

  get action(): StageRun {
    const action = this.#stage('action');
    if (action === undefined) throw new Error('a pipeline without an action');
    return action;
  }

  /** Records on their way through the chain: of what features, inference and action read, what is not committed. */
  async inFlight(): Promise<number> {
    const lags = await Promise.all(
      this.stages.filter(({ name }) => !name.startsWith('context-')).map(({ positions }) => positions.lag()),
    );
    return lags.reduce((sum, lag) => sum + lag, 0);
  }

  /** Resolves when every stage has processed its topic to the end, one after the other; action only where it is asked for. */
  async drained({ withAction }: { readonly withAction: boolean }): Promise<void> {
    for (const { name, source } of this.stages) if (withAction || name !== 'action') await source.drained();
  }

  async progress(): Promise<readonly StageProgress[]> {
    const now: EpochMs = this.#clock.now();
    return Promise.all(
      this.stages.map(async ({ name, positions, metrics }) => ({
        name,
        ...(await positions.position(now)),
        freshnessMs: metrics.recentFreshness,
        deadLetters: metrics.count('DeadLettered'),
      })),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.stages.map((stage) => stage.stop()));
  }

  #stage(name: StageName | undefined): StageRun | undefined {
    return this.stages.find((stage) => stage.name === name);
  }
}
