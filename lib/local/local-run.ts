import { rm, writeFile } from 'node:fs/promises';
import { systemClock } from '../adapters/system.ts';
import type { StageName } from '../core/contract/resolved.ts';
import type { EffectSummary } from '../core/recording.ts';
import type { EpochMs } from '../core/units.ts';
import type { Chaos } from './event-source/chaos.ts';
import { InputCount } from './input-count.ts';
import { localEnvironment } from './pipeline-choice.ts';
import { Lane, laneTopics } from './player/lane.ts';
import type { Speed } from './player/pace.ts';
import { Player } from './player/player.ts';
import { publisherOf } from './player/publication.ts';
import { closePrepared, type PreparedRun } from './prepare-run.ts';
import type { ReceiverEntry } from './receiver/receiver-journal.ts';
import { startReceiver, type Receiver } from './receiver/receiver.ts';
import { ChainFollower, type FinishedChain } from './report/chain-follower.ts';
import { effectsOf, imbalancesOf, stageReport, type RunReport, type StageReport } from './report/report.ts';
import { receiverAddressFile } from './redrive-host.ts';
import { functionVariables } from './run-environment.ts';
import { KillSwitchWatch } from './stages/kill-switch-watch.ts';
import { StageChain, type StageProgress } from './stages/stage-chain.ts';
import { TroubleWatch } from './stages/trouble-watch.ts';

export interface LocalRunOptions {
  readonly speed: Speed;
  /** Of the receiver; 0: any that is free. */
  readonly port: number;
  readonly chaos: Chaos | undefined;
  /** The environment of this process: parameters of the action that the run does not answer itself. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The first effect of this run, once its chain has ended. */
  readonly onFirstEffect: (effect: ShownEffect) => void;
  /** Something went wrong in a function, for whoever watches. */
  readonly onTrouble: (stage: StageName, message: string) => void;
}

export interface ShownEffect {
  readonly summary: EffectSummary;
  readonly score: number | undefined;
  readonly chain: FinishedChain;
}

export interface Progress {
  /** Event time of what was published last. */
  readonly simulated: EpochMs;
  readonly played: number;
  readonly toPlay: number;
  readonly stages: readonly StageProgress[];
  /** Effects that the receiver had. */
  readonly effects: number;
  /** Whether the kill switch is on. */
  readonly isPaused: boolean;
}

/** Records that a fast run keeps on their way through the stages: enough to fill batches, few enough to stay fresh. */
const mostInFlight = 600;
/** Less room than this is not worth an append. */
const leastAppend = 100;

interface Parts {
  readonly prepared: PreparedRun;
  readonly startedAt: EpochMs;
  readonly receiver: Receiver;
  readonly chain: StageChain;
  readonly player: Player;
  readonly input: InputCount;
  readonly follower: ChainFollower;
  readonly killSwitch: KillSwitchWatch;
  readonly trouble: TroubleWatch;
  readonly toPlay: number;
}

/** A pipeline that runs on this machine, from its recording to its receiver. */
export class LocalRun {
  readonly #parts: Parts;
  readonly #onFirstEffect: LocalRunOptions['onFirstEffect'];
  readonly #effects: ReceiverEntry[];
  #hasShownEffect = false;

  private constructor(
    parts: Parts,
    effects: ReceiverEntry[],
    onFirstEffect: LocalRunOptions['onFirstEffect'],
  ) {
    this.#parts = parts;
    this.#effects = effects;
    this.#onFirstEffect = onFirstEffect;
  }

  /**
   * Starts receiver and stages, and goes on where the state folder's last run ended. Nothing is played yet.
   *
   * @throws {ConfigError} `PORT_IN_USE`, `ENVIRONMENT_INVALID`
   */
  static async start(prepared: PreparedRun, options: LocalRunOptions): Promise<LocalRun> {
    const { built, recording, playlists, state, embedded } = prepared;
    const { contract } = built;
    const startedAt = systemClock.now();
    const effects: ReceiverEntry[] = [];
    const receiver = await startReceiver({
      route: recording.receiver,
      port: options.port,
      journal: state.receiverJournal,
      clock: systemClock,
      onEffect: (entry) => void effects.push(entry),
    }).catch((thrown: unknown) => {
      closePrepared(prepared);
      throw thrown;
    });
    try {
      // A redrive in another process sends to this receiver.
      await writeFile(receiverAddressFile(state.folder), receiver.url);
      const trouble = new TroubleWatch(state.functionsLog, options.onTrouble);
      const chain: StageChain = new StageChain({
        built,
        environment: localEnvironment,
        variables: functionVariables({
          environment: localEnvironment,
          folder: state.folder,
          params: built.params,
          known: { [recording.receiver.param]: receiver.url },
          variables: options.variables,
        }),
        bucketFolder: state.bucket,
        embedded,
        clock: systemClock,
        chaos: options.chaos,
        onCommitted: (offsets) => player.committed(offsets),
        onLine: (stage, line) => trouble.said(stage, line),
        onInvoked: (stage, result) => trouble.invoked(stage, result),
      });
      const publisher = publisherOf(recording, localEnvironment);
      const lane = (name: 'source' | 'context'): Lane =>
        new Lane(playlists[name], laneTopics(contract, name, localEnvironment), embedded, publisher);
      const [source, context] = [lane('source'), lane('context')];
      await Promise.all([source.resume(), context.resume()]);
      const input = new InputCount(contract, (item) => publisher.isRejected(item));
      input.add(source.items.slice(0, source.next));
      input.add(context.items.slice(0, context.next));
      const player: Player = new Player({
        source,
        context,
        speed: options.speed,
        clock: systemClock,
        leadMs: leadOf(prepared),
        room: async () => {
          if (options.speed.kind === 'paced') return Number.POSITIVE_INFINITY;
          const room = mostInFlight - (await chain.inFlight());
          return room < leastAppend ? 0 : room;
        },
        onPublished: (name, items) => {
          input.add(items);
          chain.notify(name);
        },
      });
      const follower = new ChainFollower({
        recording,
        contract,
        environment: localEnvironment,
        log: embedded.log,
        outcomes: prepared.outcomes,
        since: startedAt,
      });
      const killSwitch = new KillSwitchWatch(embedded.operations, 'action', chain.action.source, systemClock);
      await chain.start();
      killSwitch.start();
      const toPlay = source.items.length + context.items.length;
      return new LocalRun(
        { prepared, startedAt, receiver, chain, player, input, follower, killSwitch, trouble, toPlay },
        effects,
        options.onFirstEffect,
      );
    } catch (thrown) {
      await receiver.close();
      closePrepared(prepared);
      throw thrown;
    }
  }

  get receiverUrl(): string {
    return this.#parts.receiver.url;
  }

  /** Items of the recording, and how many of them are published. */
  get toPlay(): number {
    return this.#parts.toPlay;
  }

  get played(): number {
    return this.#parts.input.total;
  }

  get isPaused(): boolean {
    return this.#parts.killSwitch.isOn;
  }

  /** Rejects where a function cannot run at all; never resolves. */
  get broken(): Promise<never> {
    return this.#parts.trouble.broken;
  }

  /** Plays the recording. Resolves when all is published, or when {@link stopPlaying} was called. */
  async play(): Promise<void> {
    await this.#parts.player.play();
  }

  stopPlaying(): void {
    this.#parts.player.stop();
  }

  /** Resolves when everything that was published has been processed; with `withoutAction`, all before action. */
  async drain({ withAction }: { readonly withAction: boolean }): Promise<void> {
    await this.#parts.chain.drained({ withAction });
  }

  /** Looks at everything, and shows the first effect once it can. */
  async progress(): Promise<Progress> {
    const { chain, player, input, receiver, killSwitch, toPlay } = this.#parts;
    await this.#follow();
    return {
      simulated: player.simulated,
      played: input.total,
      toPlay,
      stages: await chain.progress(),
      effects: receiver.effects,
      isPaused: killSwitch.isOn,
    };
  }

  async report(): Promise<RunReport> {
    const { prepared, startedAt, chain, player, input, receiver, follower } = this.#parts;
    const { embedded, built } = prepared;
    await this.#follow();
    const books = await embedded.verdicts.countByStage();
    const emitted: Readonly<Record<string, number>> = {
      features: (await chain.stages[chain.stages.length - 2]?.positions.records()) ?? 0,
      inference: (await chain.action.positions.records()) + follower.outcomesOf('inference'),
      action: follower.outcomesOf('action'),
    };
    const stages: Record<string, StageReport> = {};
    for (const { name, positions, metrics } of chain.stages)
      stages[name] = stageReport(books.get(name), {
        received: await positions.records(),
        emitted: emitted[name] ?? 0,
        freshnessMs: metrics.freshness,
        segmentsMs: metrics.segments,
      });
    const balanced = imbalancesOf(stages).length === 0;
    return {
      pipeline: built.contract.pipeline,
      isComplete: player.isOver && balanced,
      durationMs: systemClock.now() - startedAt,
      input: input.counts,
      stages,
      effects: effectsOf(await embedded.effects.countByState()),
      receiver: receiver.tally,
      quality: follower.quality,
      target: chain.action.metrics.target,
      segmentsMs: follower.segmentsMs,
      balanced,
    };
  }

  /** Finishes what is in flight and lets go of everything. What is not processed is processed by the next run. */
  async close(): Promise<void> {
    const { chain, player, killSwitch, receiver, prepared } = this.#parts;
    player.stop();
    await killSwitch.stop();
    await chain.stop();
    await receiver.close();
    await rm(receiverAddressFile(prepared.state.folder), { force: true });
    closePrepared(prepared);
  }

  async #follow(): Promise<void> {
    const { follower, prepared } = this.#parts;
    const ended = await follower.follow();
    if (this.#hasShownEffect) return;
    for (const chain of ended) {
      const entry = this.#effects.find(({ trace }) => trace !== null && trace === chain.trace);
      if (chain.status !== 'done' || entry === undefined) continue;
      this.#hasShownEffect = true;
      this.#onFirstEffect({
        summary: prepared.recording.summary(entry.body),
        score: follower.scoreOf(chain.id),
        chain,
      });
      return;
    }
  }
}

/** What is kept of a context beyond what its readers need: so far it may run ahead without being forgotten too early. */
const leadOf = ({ built }: PreparedRun): number =>
  Math.min(
    ...Object.values(built.contract.context).map(({ historyMs, maxAgeMs }) =>
      Math.max(0, historyMs - maxAgeMs),
    ),
  );
