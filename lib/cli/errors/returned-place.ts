import { readFileSync } from 'node:fs';
import type { ChosenPipeline } from '../../local/pipeline-choice.ts';
import type { Place } from './source-line.ts';

/** The files of a pipeline's stages, absolute. */
export type Stages = ChosenPipeline['pipeline']['stages'];

/** As the stages say that a function returned something else than its schema allows. */
const returned = /^(fold|emit|decide|request)(?: of "(.+?)")? returned /;
const stageOf = { fold: 'features', emit: 'features', decide: 'inference', request: 'action' } as const;

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\-]/g, String.raw`\$&`);

const indexOf = (text: string, pattern: RegExp, from: number): number => {
  const found = text.slice(from).search(pattern);
  return found < 0 ? -1 : from + found;
};

/**
 * Where a function is defined that returned the wrong thing: nothing was thrown there, so it is looked for by its name, behind
 * that of the event type.
 *
 * @param message - of the dead letter
 */
export const placeOfReturned = (message: string, stages: Stages): Place | undefined => {
  const [, name, type] = returned.exec(message) ?? [];
  if (name === undefined) return undefined;
  const file = stages[stageOf[name as keyof typeof stageOf]];
  const text = readFileSync(file, 'utf8');
  const start =
    type === undefined ? 0 : indexOf(text, new RegExp(String.raw`\b${literal(type)}\b['"]?\s*:`), 0);
  const at = start < 0 ? -1 : indexOf(text, new RegExp(String.raw`\b${name}\b\s*[:(,]`), start);
  if (at < 0) return undefined;
  const before = text.slice(0, at).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};
