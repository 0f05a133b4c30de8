import { optional } from './command.ts';
import { text, textOr } from './option.ts';

export const pipelineArgument = optional('name of the pipeline; needed where there are several');
export const functionsOption = textOr('folder', 'where the pipelines are, or the folder of one', 'functions');
/** The state folder as it was named, or where it is by default; its parent where no pipeline was named either. */
export const stateFolderText = (state: string | undefined, pipeline: string | undefined): string =>
  state ?? ['.freshet', ...(pipeline === undefined ? [] : [pipeline])].join('/');
export const stateOption = text(
  'folder',
  'where the state of the local run is (default: .freshet/<pipeline>)',
);
