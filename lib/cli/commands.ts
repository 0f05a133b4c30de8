import { completionOf } from './completion/completion.ts';
import { contractCheck } from './contract-check.ts';
import { dev } from './dev/dev.ts';
import { dlqList } from './dlq-list.ts';
import { dlqRedrive } from './dlq-redrive.ts';
import { dlqShow } from './dlq-show.ts';
import { doctor } from './doctor.ts';
import { effectsList } from './effects-list.ts';
import { effectsResolve } from './effects-resolve.ts';
import { effectsShow } from './effects-show.ts';
import { explain } from './errors/explain.ts';
import { invoke } from './invoke/invoke.ts';
import { pause, resume } from './kill-switch.ts';
import { newPipeline } from './new/new.ts';
import type { Program } from './program.ts';
import { status } from './status.ts';
import { topicsApply, topicsPlan } from './topics.ts';
import { trace } from './trace.ts';
import { train } from './train.ts';

const commands = [
  dev,
  invoke,
  newPipeline,
  train,
  contractCheck,
  status,
  trace,
  doctor,
  pause,
  resume,
  effectsList,
  effectsShow,
  effectsResolve,
  dlqList,
  dlqShow,
  dlqRedrive,
  topicsPlan,
  topicsApply,
  explain,
];

/** Every command there is, in the order of the help. */
export const program: Omit<Program, 'version'> = {
  commands: [...commands, completionOf(commands)],
  nouns: {
    dlq: 'dead letters',
    effects: 'what the pipeline did to the outside, or may have done',
    contract: 'what a pipeline promises',
    topics: 'where events, vectors, decisions, outcomes and dead letters are',
  },
};
