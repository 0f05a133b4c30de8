import type { BuiltPipeline } from '../../build/build-pipeline.ts';
import type { StageName } from '../../core/contract/resolved.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { CommittedOffset } from '../../core/ports/event-log.ts';
import type { GroupMembership } from '../../core/ports/group-membership.ts';
import type { EpochMs } from '../../core/units.ts';
import type { Chaos } from '../event-source/chaos.ts';
import type { InvocationResult } from '../event-source/function-host.ts';
import { MappingRegistry } from '../event-source/registry.ts';
import type { Platform } from '../platform.ts';
import type { FunctionLine } from '../function-environment.ts';
import type { Inspection } from '../inspect/inspection.ts';
import type { Quantiles } from '../report/quantiles.ts';
import type { ThrownInside } from '../thrown-inside.ts';
import type { Replaced } from '../worker-function.ts';
import type { StagePosition } from './stage-positions.ts';
import { targetKept, type TargetKept } from './stage-metrics.ts';
import { StageRun } from './stage-run.ts';

export interface StageChainOptions {
  readonly built: BuiltPipeline;
  readonly environment: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly bucketFolder: string;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly chaos: Chaos | undefined;
  /** Of a run that is inspected. */
  readonly inspection?: Inspection | undefined;
  readonly onCommitted: (offsets: readonly CommittedOffset[]) => void;
  readonly onLine: (stage: StageName, line: FunctionLine) => void;
  readonly onThrown: (stage: StageName, thrown: ThrownInside) => void;
  readonly onInvoked: (stage: StageName, result: InvocationResult) => void;
}

export interface StageProgress extends StagePosition {
  readonly name: StageName;
  /** Of what was settled lately. */
  readonly freshnessMs: Quantiles | null;
}

/** The stage that reads what a stage writes. */
const nextOf: Readonly<Record<string, StageName>> = { features: 'inference', inference: 'action' };

/** Members of groups of whose commits somebody is told. */
const membershipToldOf = (
  membership: GroupMembership,
  onCommitted: (group: string, offsets: readonly CommittedOffset[]) => void,
): GroupMembership => ({
  join: async (subscription) => {
    const member = await membership.join(subscription);
    const { group, topic } = subscription;
    return {
      leave: () => member.leave(),
      commit: async (offsets) => {
        const committed = await member.commit(offsets);
        if (committed === 'committed')
          onCommitted(
            group,
            offsets.map((offset) => ({ topic, ...offset })),
          );
        return committed;
      },
    };
  },
});

/** All stages of a pipeline, side by side: contexts first, then the chain. */
export class StageChain {
  readonly stages: readonly StageRun[];
  readonly #clock: Clock;

  constructor(options: StageChainOptions) {
    const { built, platform, onInvoked, onCommitted } = options;
    this.#clock = options.clock;
    const onMemberCommitted = (group: string, offsets: readonly CommittedOffset[]): void => {
      for (const { positions } of this.stages) positions.committed(group, offsets);
      onCommitted(offsets);
    };
    const membership = membershipToldOf(platform.membership, onMemberCommitted);
    const registry = new MappingRegistry();
    this.stages = built.stages.map(
      (stage) =>
        new StageRun({
          ...options,
          contract: built.contract,
          built: stage,
          registry,
          membership,
          onInvoked: (name, result) => {
            // Its outputs are in the log by now: whoever reads them need not wait until it looks by itself.
            this.stage(nextOf[name])?.source.notify();
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

  /** Has a stage run another bundle from its next batch on. */
  async replace(name: StageName, bundle: string): Promise<Replaced> {
    const stage = this.stage(name);
    if (stage === undefined) throw new Error(`a pipeline without ${name}`);
    return stage.replace(bundle);
  }

  get action(): StageRun {
    const action = this.stage('action');
    if (action === undefined) throw new Error('a pipeline without an action');
    return action;
  }

  /** Features, inference and action: what an event goes through. */
  get #chain(): readonly StageRun[] {
    return this.stages.filter(({ name }) => !name.startsWith('context-'));
  }

  /** In this run, from end to end. */
  get target(): TargetKept {
    return targetKept(this.#chain.map(({ metrics }) => metrics));
  }

  /** Records on their way through the chain: of what features, inference and action read, what is not committed. */
  async inFlight(): Promise<number> {
    const lags = await Promise.all(this.#chain.map(({ positions }) => positions.lag()));
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
        freshnessMs: metrics.recent.freshness.quantiles(),
      })),
    );
  }

  /** Rejects once the mapping of a stage has ended by a fault; never resolves. */
  get broken(): Promise<never> {
    return Promise.race(this.stages.map(({ source }) => source.broken));
  }

  /** Stops every stage, also where one of them cannot end well. */
  async stop(): Promise<void> {
    const stopped = await Promise.allSettled(this.stages.map((stage) => stage.stop()));
    for (const one of stopped) if (one.status === 'rejected') throw one.reason;
  }

  /** `undefined`: the pipeline has none of that name. */
  stage(name: string | undefined): StageRun | undefined {
    return this.stages.find((stage) => stage.name === name);
  }
}
