import type { TSchema } from 'typebox';
import type { ResolvedContract } from './contract/resolved.ts';
import type { Trigger } from './contract/trigger.ts';
import type { Json } from './digest.ts';
import type { EpochMs } from './units.ts';

/** One event of a recording, ready to be published by the local player. */
export interface RecordedEvent {
  /** `source`, or the name of a context. */
  readonly to: string;
  readonly type: string;
  /** Identity within the recording's `source`. */
  readonly id: string;
  /** Event time: orders the playing. */
  readonly at: EpochMs;
  /** Events of one instant are played in order of rank, lowest first. @default 0 */
  readonly rank?: number;
  readonly data: Json;
}

/** What really followed an event: the truth that a decision is measured against. */
export interface Outcome {
  /** Identity of the event that was decided on. */
  readonly id: string;
  readonly positive: boolean;
  /** Event time from which on it is known: whoever watches is told then. @default from the beginning on */
  readonly at?: EpochMs;
}

/** One kind of file of a recording: lines of JSON, gzipped or not. */
export interface RecordingFiles<Line> {
  /** Matches the file's name. */
  readonly pattern: RegExp;
  readonly schema: TSchema;
  readonly events: (line: Line) => readonly RecordedEvent[];
  readonly outcomes?: (line: Line) => readonly Outcome[];
  /** Topic that a line which cannot be read is dead-lettered for: `source` or the name of a context. */
  readonly to: string;
}

/** What the local receiver is told of one request; it answers 2xx once it is recorded under its idempotency key. */
export interface ReceiverRoute {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  /** The parameter of the action that holds the receiver's address. */
  readonly param: string;
}

/** How a warning is shown to whoever watches the local run. */
export interface EffectSummary {
  readonly title: string;
  readonly detail: string;
  readonly why: readonly string[];
}

/** Why a decision is as it is, for whoever watches the local run. */
export interface DecisionExplanation {
  /** Who or what it is about. */
  readonly title: string;
  readonly why: readonly string[];
  /** What each feature adds to the score, in log-odds, strongest first; empty where the model does not tell. */
  readonly contributions: readonly { readonly feature: string; readonly logOdds: number }[];
}

/** How files become events for the local run, so that the engine knows nothing of the domain. */
export interface Recording {
  readonly contract: ResolvedContract;
  /** `ce_source` of the played events. */
  readonly source: string;
  /** Folder of the recording that comes with the pipeline, from the project's root. */
  readonly folder: string;
  readonly files: Readonly<Record<string, RecordingFiles<unknown>>>;
  readonly receiver: ReceiverRoute;
  /** Score in a decision, and whether it asks for an effect; `undefined` where the decision has no score. */
  readonly score: (decision: unknown) => { readonly score: number; readonly acted: boolean } | undefined;
  /** @param vector - what it was made from; `undefined` where that is not at hand any more */
  readonly explain?: (decision: unknown, vector: unknown) => DecisionExplanation;
  /** From the body of a request that the receiver got. */
  readonly summary: (request: unknown) => EffectSummary;
}

export const recordingFiles = <Line>(files: RecordingFiles<Line>): RecordingFiles<unknown> =>
  files as unknown as RecordingFiles<unknown>;

export const defineRecording = (contract: Trigger, options: Omit<Recording, 'contract'>): Recording => ({
  contract: contract.resolved,
  ...options,
});
