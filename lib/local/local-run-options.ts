import type { StageName } from '../core/contract/resolved.ts';
import type { EffectSummary } from '../core/recording.ts';
import type { Letter } from '../ops/letters/letter.ts';
import type { Chaos } from './event-source/chaos.ts';
import type { Inspection } from './inspect/inspection.ts';
import type { Speed } from './player/pace.ts';
import type { FinishedChain } from './report/chain-follower.ts';
import type { Trouble } from './stages/trouble.ts';
import type { StageWatchOptions } from './watch/stage-watch.ts';

export interface LocalRunOptions {
  readonly speed: Speed;
  /** Of the receiver; 0: one that is free. */
  readonly port: number;
  readonly chaos: Chaos | undefined;
  /** The environment of this process: parameters of the action that the run does not answer itself. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The first effect of this run, once its chain has ended. */
  readonly onFirstEffect: (effect: ShownEffect) => void;
  /** Something went wrong in a function, for whoever watches; the same thing once. */
  readonly onTrouble: (stage: StageName, trouble: Trouble) => void;
  /** A dead letter of this run, each once. */
  readonly onLetter: (letter: Letter) => void;
  /** Takes over what is saved while it runs. */
  readonly watch?: Pick<StageWatchOptions, 'root' | 'onReplaced' | 'onProblem' | 'onRecording'> | undefined;
  /** Lets a debugger into a stage; the platform has its clock. */
  readonly inspection?: Inspection | undefined;
}

export interface ShownEffect {
  readonly summary: EffectSummary;
  readonly score: number | undefined;
  readonly chain: FinishedChain;
}
