import { resolve } from 'node:path';
import type { BuiltPipeline } from '../build/build-pipeline.ts';
import type { PipelineFolder } from '../build/discover.ts';
import { loadContract } from '../build/load-contract.ts';
import { topicIn } from '../core/contract/resolved.ts';
import { ConfigError } from '../core/errors.ts';
import type { Recording } from '../core/recording.ts';
import { epochMsOf, toIso, type EpochMs } from '../core/units.ts';
import { driftedTopics, type Drifted } from './drifted.ts';
import type { Inspection } from './inspect/inspection.ts';
import { localEnvironment } from './pipeline-choice.ts';
import type { KafkaAddress } from './kafka-address.ts';
import { openPlatform, type DynamoAddress, type Platform } from './platform.ts';
import { loadRecording } from './recording/load-recording.ts';
import { playlistsOf, type Playlists, type Range } from './recording/playlist.ts';
import { readRecording, type ReadRecording } from './recording/read-recording.ts';
import { openStateFolder, type StateFolder } from './state/state-folder.ts';
import { wantedTopics } from '../ops/topics/wanted-topics.ts';

export interface PrepareOptions {
  /** The project's root, absolute. */
  readonly root: string;
  readonly pipeline: PipelineFolder;
  /** The state folder, absolute. */
  readonly folder: string;
  readonly reset: boolean;
  /** Folder of the recording, from the root; `undefined`: the one that comes with the pipeline. */
  readonly input: string | undefined;
  readonly range: Range;
  /** `undefined`: the embedded log. */
  readonly kafka: KafkaAddress | undefined;
  /** `undefined`: embedded stores. */
  readonly dynamodb: DynamoAddress | undefined;
  /** Where a debugger will be let in. */
  readonly inspection?: Inspection | undefined;
}

/** Everything that a run needs before it begins: the state folder is taken, the topics are there, the stages are built. */
export interface PreparedRun {
  readonly built: BuiltPipeline;
  readonly recording: Recording;
  readonly playlists: Playlists;
  readonly outcomes: ReadonlyMap<string, boolean>;
  /** Event time from which on an outcome is known, where the recording tells. */
  readonly knownAt: ReadonlyMap<string, EpochMs>;
  readonly state: StateFolder;
  readonly platform: Platform;
  /** Topics and tables that were there, where the contract wants them otherwise. */
  readonly drifted: readonly Drifted[];
}

const refuseEmpty = (items: ReadRecording['items'], folder: string): never => {
  const times = items.map(({ at }) => at).toSorted((one, other) => one - other);
  const [first, last] = [times[0], times.at(-1)];
  throw new ConfigError('INPUT_INVALID', {
    message: 'There is nothing to play.',
    problems: [
      first === undefined || last === undefined
        ? {
            path: '--input',
            got: `${folder}, whose files are empty`,
            expected: 'at least one event',
            fix: 'name another folder',
          }
        : {
            path: '--from, --to',
            got: 'a range without an event',
            expected: `one within ${toIso(first)} and ${toIso(epochMsOf(last))}`,
            fix: 'widen it, or leave it out for the whole recording',
          },
    ],
  });
};

/**
 * The ids of what the stages fence by are registered before anything consumes. Left to whoever comes first, a topic that is
 * recreated in that moment would lend its id to its predecessor's records.
 */
const registerEpochs = async ({ contract }: BuiltPipeline, { log, operations }: Platform): Promise<void> => {
  const sources = [contract.source, ...Object.values(contract.context).map(({ source }) => source)];
  const names = sources.map((source) => topicIn(localEnvironment, source));
  const ids = await log.topicIds(names);
  for (const [index, name] of names.entries()) {
    const id = ids[index];
    if (id !== undefined) await operations.epoch(name, id);
  }
};

/** @throws {ConfigError} for whatever is wrong with pipeline, recording or state folder */
export const prepareRun = async (options: PrepareOptions): Promise<PreparedRun> => {
  const { root, pipeline, folder, reset, range } = options;
  const recording = await loadRecording(pipeline);
  const input = resolve(root, options.input ?? recording.folder);
  // What cannot be played is refused before a state folder is made, or reset, for it.
  const read = readRecording(recording, input);
  const playlists = playlistsOf(read.items, range);
  if (playlists.source.length + playlists.context.length === 0) refuseEmpty(read.items, input);
  const state = openStateFolder({ folder, reset });
  let platform: Platform | undefined;
  try {
    // Opened first: a folder of another version is refused before anything is written to it.
    platform = await openPlatform({
      folder,
      contract: await loadContract(pipeline),
      environment: localEnvironment,
      kafka: options.kafka,
      dynamodb: options.dynamodb,
      clock: options.inspection?.clock,
    });
    state.describe({
      pipeline: pipeline.name,
      recording: read.digest,
      from: range.from === undefined ? null : toIso(range.from),
      to: range.to === undefined ? null : toIso(range.to),
    });
    const { buildPipeline } = await import('../build/build-pipeline.ts');
    const built = await buildPipeline({
      root,
      pipelineFolder: pipeline.folder,
      outFolder: state.build,
      form: options.inspection === undefined ? 'deployed' : 'debuggable',
    });
    const { contract } = built;
    const { log } = platform;
    await log.createTopics(wantedTopics(contract, localEnvironment));
    const topics = await driftedTopics({ contract, environment: localEnvironment, log });
    const drifted = [...topics, ...(await platform.prepare())];
    await registerEpochs(built, platform);
    const { outcomes, knownAt } = read;
    return { built, recording, playlists, outcomes, knownAt, state, platform, drifted };
  } catch (thrown) {
    platform?.close();
    state.release();
    throw thrown;
  }
};

/** Lets go of the state folder. */
export const closePrepared = ({ platform, state }: PreparedRun): void => {
  platform.close();
  state.release();
};
