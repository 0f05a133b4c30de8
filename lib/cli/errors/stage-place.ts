import { readFileSync } from 'node:fs';
import type { ChosenPipeline } from '../../local/pipeline-choice.ts';
import type { Place } from './source-line.ts';

/** The files of a pipeline's stages, absolute. */
export type Stages = ChosenPipeline['pipeline']['stages'];

/** As the stages say that a function returned something else than its schema allows. */
const returned = /^(fold|emit|decide|request)(?: of "(.+?)")? returned /;
const stageOf = { fold: 'features', emit: 'features', decide: 'inference', request: 'action' } as const;

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\-]/g, String.raw`\$&`);

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // It was there when the run began: what is told is worth telling without its place too.
    return '';
  }
};

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
  const text = readText(file);
  const start =
    type === undefined ? 0 : indexOf(text, new RegExp(String.raw`\b${literal(type)}\b['"]?\s*:`), 0);
  const at = start < 0 ? -1 : indexOf(text, new RegExp(String.raw`\b${name}\b\s*[:(,]`), start);
  return at < 0 ? undefined : placeAt(file, text, at);
};

/** How a stage is defined, and the member of its definition that names what it calls. */
const definitions = {
  features: { define: 'defineFeatures', called: undefined },
  inference: { define: 'defineInference', called: 'model' },
  action: { define: 'defineAction', called: 'via' },
} as const;

const isDefined = (stage: string): stage is keyof Stages => Object.hasOwn(definitions, stage);

const definitionIn = (text: string, stage: keyof Stages): number =>
  indexOf(text, new RegExp(String.raw`\b${definitions[stage].define}\s*\(`), 0);

/**
 * Where a stage is defined, for what one of its functions did and no line of it is known; `undefined` for one that is not
 * written but generated.
 */
export const placeOfStage = (stage: string, stages: Stages): Place | undefined => {
  if (!isDefined(stage)) return undefined;
  const file = stages[stage];
  const text = readText(file);
  const at = definitionIn(text, stage);
  return at < 0 ? undefined : placeAt(file, text, at);
};

/**
 * Where a stage names the model or the endpoint that it calls, for what failed there and was thrown by no line of the pipeline;
 * `undefined` for a stage that calls nothing.
 */
export const placeOfCalled = (stage: string, stages: Stages): Place | undefined => {
  if (!isDefined(stage)) return undefined;
  const { called } = definitions[stage];
  if (called === undefined) return undefined;
  const file = stages[stage];
  const text = readText(file);
  const start = definitionIn(text, stage);
  if (start < 0) return undefined;
  const at = indexOf(text, new RegExp(String.raw`\b${called}\b\s*[:,}]`), start);
  return placeAt(file, text, at < 0 ? start : at);
};

const placeAt = (file: string, text: string, at: number): Place => {
  const before = text.slice(0, at).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
};
