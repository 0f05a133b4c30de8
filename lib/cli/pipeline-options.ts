import { optional } from './command.ts';
import { text, textOr } from './option.ts';

export const pipelineArgument = optional('name of the pipeline; needed where there are several');
export const functionsOption = textOr('folder', 'where the pipelines are, or the folder of one', 'functions');
export const stateOption = text(
  'folder',
  'where the state of the local run is (default: .freshet/<pipeline>)',
);
