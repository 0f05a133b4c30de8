import { contractCheck } from './contract-check.ts';
import type { Program } from './program.ts';
import { train } from './train.ts';

/** Every command there is, in the order of the help. */
export const program: Omit<Program, 'version'> = {
  commands: [train, contractCheck],
  nouns: {
    contract: 'what a pipeline promises',
  },
};
