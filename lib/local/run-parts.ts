import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TransientError } from '../core/errors.ts';
import type { EpochMs } from '../core/units.ts';
import { deploymentOn } from '../ops/deployment.ts';
import { InputCount } from './input-count.ts';
import { serveLocalModel, type ServedModel } from './local-model.ts';
import type { LocalRunOptions } from './local-run-options.ts';
import { receiverAddressFile } from './outside.ts';
import { localEnvironment } from './pipeline-choice.ts';
import { Lane, laneTopics } from './player/lane.ts';
import { Player } from './player/player.ts';
import { publisherOf } from './player/publication.ts';
import { closePrepared, type PreparedRun } from './prepare-run.ts';
import type { ReceiverEntry } from './receiver/receiver-journal.ts';
import { startReceiver, type Receiver } from './receiver/receiver.ts';
import type { Lane as LaneName, PlayItem } from './recording/playlist.ts';
import { ChainFollower } from './report/chain-follower.ts';
import { LetterTail } from './report/letter-tail.ts';
import { functionVariables } from './run-environment.ts';
import { KillSwitchWatch } from './stages/kill-switch-watch.ts';
import { StageChain } from './stages/stage-chain.ts';
import { TroubleWatch } from './stages/trouble-watch.ts';
import { StageWatch } from './watch/stage-watch.ts';

/** Records that a fast run keeps on their way through the stages: enough to fill batches, few enough to stay fresh. */
const mostInFlight = 600;
/** Effects that are remembered until the first one was shown. */
const mostEffects = 1_000;
/** Less room than this is not worth an append. */
const leastAppend = 100;

const noRoomWhileAway = (thrown: unknown): number => {
  if (thrown instanceof TransientError && thrown.code === 'LOG_UNAVAILABLE') return mostInFlight;
  throw thrown;
};

/** What a run is made of: whoever watches and controls it looks here. */
export interface RunParts {
  readonly prepared: PreparedRun;
  readonly startedAt: EpochMs;
  readonly receiver: Receiver;
  readonly model: ServedModel;
  readonly chain: StageChain;
  readonly player: Player;
  readonly lanes: Readonly<Record<LaneName, Lane>>;
  /** Tells whoever listens of what is published. */
  readonly published: Set<(lane: LaneName, items: readonly PlayItem[]) => void>;
  readonly input: InputCount;
  readonly follower: ChainFollower;
  readonly letters: LetterTail;
  readonly killSwitch: KillSwitchWatch;
  readonly trouble: TroubleWatch;
  readonly watch: StageWatch | undefined;
  /** The first that the receiver had in this run. */
  readonly effects: readonly ReceiverEntry[];
  readonly toPlay: number;
}

/**
 * Starts receiver and stages, and goes on where the state folder's last run ended. Nothing is played yet.
 *
 * @throws {ConfigError} `PORT_IN_USE`, `ENVIRONMENT_INVALID`
 */
export const startParts = async (
  prepared: PreparedRun,
  options: Omit<LocalRunOptions, 'onFirstEffect' | 'onLetter'>,
): Promise<RunParts> => {
  const { built, recording, playlists, state, platform } = prepared;
  const { contract } = built;
  const { clock } = platform;
  const startedAt = clock.now();
  const effects: ReceiverEntry[] = [];
  const receiver = await startReceiver({
    route: recording.receiver,
    port: options.port,
    journal: state.receiverJournal,
    clock,
    onEffect: (entry) => {
      // The first one is looked for among these; the others are in the journal alone.
      if (effects.length < mostEffects) effects.push(entry);
    },
  }).catch((thrown: unknown) => {
    closePrepared(prepared);
    throw thrown;
  });
  let model: ServedModel | undefined;
  try {
    const served = await serveLocalModel(built.pipeline, options.variables);
    model = served;
    // A redrive in another process sends to this receiver.
    await writeFile(receiverAddressFile(state.folder), receiver.url);
    const trouble = new TroubleWatch(state.functionsLog, options.onTrouble);
    const chain: StageChain = new StageChain({
      built,
      environment: localEnvironment,
      variables: {
        ...functionVariables({
          environment: localEnvironment,
          platform: platform.variables,
          params: built.params,
          known: { [recording.receiver.param]: receiver.url },
          variables: options.variables,
        }),
        ...served.variables,
      },
      bucketFolder: state.bucket,
      platform,
      clock,
      chaos: options.chaos,
      inspection: options.inspection,
      onCommitted: (offsets) => player.committed(offsets),
      onLine: (stage, line) => trouble.said(stage, line),
      onThrown: (stage, thrown) => trouble.threw(stage, thrown),
      onInvoked: (stage, result) => trouble.invoked(stage, result),
    });
    const publisher = publisherOf(recording, localEnvironment);
    const lane = (name: 'source' | 'context'): Lane =>
      new Lane(playlists[name], laneTopics(contract, name, localEnvironment), platform, publisher);
    const [source, context] = [lane('source'), lane('context')];
    await Promise.all([source.resume(), context.resume()]);
    const input = new InputCount(contract, (item) => publisher.isRejected(item));
    input.add(source.items.slice(0, source.next));
    input.add(context.items.slice(0, context.next));
    const published: RunParts['published'] = new Set();
    const player: Player = new Player({
      source,
      context,
      speed: options.speed,
      clock,
      leadMs: leadOf(prepared),
      room: async () => {
        if (player.speed.kind === 'paced') return Number.POSITIVE_INFINITY;
        // While the log does not say, nothing more is put into it.
        const room = mostInFlight - (await chain.inFlight().catch(noRoomWhileAway));
        return room < leastAppend ? 0 : room;
      },
      onPublished: (name, items) => {
        input.add(items);
        for (const tell of published) tell(name, items);
        chain.notify(name);
      },
    });
    const follower = new ChainFollower({
      recording,
      contract,
      environment: localEnvironment,
      log: platform.log,
      outcomes: prepared.outcomes,
      since: startedAt,
    });
    const letters = new LetterTail(
      deploymentOn(platform, { contract, environment: localEnvironment, clock }),
      startedAt,
    );
    const killSwitch = new KillSwitchWatch(platform.operations, 'action', chain.action.source, clock);
    await chain.start();
    killSwitch.start();
    const watch =
      options.watch &&
      new StageWatch({
        ...options.watch,
        built,
        form: options.inspection === undefined ? 'deployed' : 'debuggable',
        folder: join(state.build, 'watch'),
        // At full speed playing takes all of a small machine, and a save would wait for it.
        alone: (work) => player.heldWhile(work),
        replace: async (stage, bundle) => {
          const replaced = await chain.replace(stage, bundle);
          if (replaced.kind === 'replaced') trouble.replaced(stage);
          return replaced;
        },
      });
    const toPlay = source.items.length + context.items.length;
    return {
      prepared,
      startedAt,
      receiver,
      model,
      chain,
      player,
      lanes: { source, context },
      published,
      input,
      follower,
      letters,
      killSwitch,
      trouble,
      watch,
      effects,
      toPlay,
    };
  } catch (thrown) {
    await Promise.all([receiver.close(), model?.close()]);
    closePrepared(prepared);
    throw thrown;
  }
};

/** What is kept of a context beyond what its readers need: so far it may run ahead without being forgotten too early. */
const leadOf = ({ built }: PreparedRun): number =>
  Math.min(
    ...Object.values(built.contract.context).map(({ historyMs, maxAgeMs }) =>
      Math.max(0, historyMs - maxAgeMs),
    ),
  );
