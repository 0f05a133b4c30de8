import { contractCheck } from './contract-check.ts';
import { dev } from './dev/dev.ts';
import { dlqList } from './dlq-list.ts';
import { dlqRedrive } from './dlq-redrive.ts';
import { dlqShow } from './dlq-show.ts';
import { effectsList } from './effects-list.ts';
import { effectsResolve } from './effects-resolve.ts';
import { effectsShow } from './effects-show.ts';
import { pause, resume } from './kill-switch.ts';
import type { Program } from './program.ts';
import { train } from './train.ts';

/** Every command there is, in the order of the help. */
export const program: Omit<Program, 'version'> = {
  commands: [
    dev,
    train,
    contractCheck,
    pause,
    resume,
    effectsList,
    effectsShow,
    effectsResolve,
    dlqList,
    dlqShow,
    dlqRedrive,
  ],
  nouns: {
    dlq: 'dead letters',
    effects: 'what the pipeline did to the outside, or may have done',
    contract: 'what a pipeline promises',
  },
};
