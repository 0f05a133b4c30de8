import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  logistic,
  sealModel,
  type LogisticFeature,
  type LogisticModelFile,
} from '../../lib/adapters/logistic.ts';
import { ConfigError, messageOf } from '../../lib/core/errors.ts';
import { epochMsOf, toIso } from '../../lib/core/units.ts';
import { modelFeatures } from './model-features.ts';
import { recording } from './recording.ts';
import { examplesOf, withWeatherWithheld, type FlightExample } from './training/examples.ts';
import { fitLogistic } from './training/fit.ts';
import { aucOf, qualityAt, type Scored } from './training/metrics.ts';
import { readRecording } from './training/read-recording.ts';

const identity = { id: 'departure-delay', version: '1.0.0' };

/** The model is trained on this much of the time that the recording covers, and measured on the rest. */
const trainingShare = 0.7;

/** A warning should be right at least every second time, and a board full of warnings warns nobody. */
const warnings = { leastPrecision: 0.5, mostShare: 0.15 };

export interface TrainOptions {
  /** The project's root, absolute. */
  readonly root: string;
  /** What it has to say: how good the model is. */
  readonly print: (line: string) => void;
  /** Folder of the recording. @default the one that comes with the pipeline */
  readonly recordingFolder?: string;
  /** Where the model is written. @default `model.json` beside this file */
  readonly modelFile?: string;
}

export interface Trained {
  readonly model: LogisticModelFile;
  /** Where it was written. */
  readonly modelFile: string;
}

/**
 * Trains the model and writes it: the same recording gives the same file, byte for byte.
 *
 * @throws {ConfigError} `INPUT_INVALID` for a recording that cannot be read whole, or holds too little to learn from
 */
export const train = async ({
  root,
  print,
  recordingFolder = join(root, recording.folder),
  modelFile = fileURLToPath(new URL('model.json', import.meta.url)),
}: TrainOptions): Promise<Trained> => {
  const examples = examplesOf(readRecording(recordingFolder)).toSorted(
    (a, b) => scheduledMs(a) - scheduledMs(b),
  );
  const first = examples[0];
  const last = examples.at(-1);
  if (!first || !last) throw tooLittle(`no flight that left, in ${recordingFolder}`);
  const cutMs = epochMsOf(
    Math.round(scheduledMs(first) + trainingShare * (scheduledMs(last) - scheduledMs(first))),
  );
  const seen = examples.filter((example) => scheduledMs(example) < cutMs);
  const rest = examples.filter((example) => scheduledMs(example) >= cutMs);
  print(
    `${examples.length} flights that left; trained on ${seen.length} scheduled before ${toIso(cutMs)}, measured on ${rest.length}`,
  );

  const fitted = fit(withWeatherWithheld(seen));
  const unmeasured = {
    kind: 'logistic' as const,
    ...identity,
    ...fitted,
    threshold: 1,
    trainedOn: { from: first.vector.scheduledDeparture, to: toIso(cutMs), rows: seen.length },
    metrics: {},
  };
  const threshold = thresholdFor(await scoresOf(sealModel(unmeasured), seen));
  const scored = await scoresOf(sealModel({ ...unmeasured, threshold }), rest);
  const quality = qualityAt(scored, threshold);
  const metrics = {
    rows: rest.length,
    positives: rest.filter(({ positive }) => positive).length,
    auc: rounded(aucOf(scored)),
    precision: rounded(quality.precision),
    recall: rounded(quality.recall),
    warned: rounded(quality.warned),
  };
  const model = sealModel({ ...unmeasured, threshold, metrics });
  writeFileSync(modelFile, `${JSON.stringify(model, null, 2)}\n`);

  for (const { name, weight } of model.features)
    print(`  ${name.padEnd(16)} ${weight.toFixed(3).padStart(7)}`);
  print(`on the ${metrics.rows} flights it never saw, ${metrics.positives} of them 30 min late or more:`);
  print(
    `  AUC ${metrics.auc}  precision ${metrics.precision}  recall ${metrics.recall}  warned ${metrics.warned}  at threshold ${threshold}`,
  );
  print(`wrote ${modelFile}`);
  return { model, modelFile };
};

const scheduledMs = ({ vector }: FlightExample): number => Date.parse(vector.scheduledDeparture);

/** Six digits are more than was learned; with all of them a model could differ from one machine to the next. */
const rounded = (value: number): number => Number(value.toPrecision(6));

const tooLittle = (got: string, cause?: unknown): ConfigError =>
  new ConfigError('INPUT_INVALID', {
    message: `too little to learn from: got ${got}; expected flights that left late and flights that did not. Fix: train on a longer recording.`,
    cause,
  });

/** Standardizes the features over what is known of them, and fits their weights. */
const fit = (
  examples: readonly FlightExample[],
): { readonly features: readonly LogisticFeature[]; readonly intercept: number } => {
  const columns = Object.entries(modelFeatures).map(([name, valueOf]) => {
    const values = examples.map(({ vector }) => valueOf(vector));
    const known = values.filter((value) => value !== undefined);
    const mean = rounded(known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length));
    const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length);
    // Of a feature that never varied nothing was learned; its weight stays 0.
    const scale = rounded(Math.sqrt(variance)) || 1;
    const range = known.reduce(
      ({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) }),
      { min: known[0] ?? 0, max: known[0] ?? 0 },
    );
    return { name, mean, scale, ...range, inputs: values.map((value) => ((value ?? mean) - mean) / scale) };
  });
  const inputs = examples.map(({ positive }, row) => ({
    inputs: columns.map((column) => column.inputs[row] ?? 0),
    positive,
  }));
  try {
    const { intercept, weights } = fitLogistic(inputs);
    return {
      intercept: rounded(intercept),
      features: columns.map(({ name, mean, scale, min, max }, index) => ({
        name,
        weight: rounded(weights[index] ?? 0),
        mean,
        scale,
        min,
        max,
      })),
    };
  } catch (thrown) {
    throw tooLittle(messageOf(thrown), thrown);
  }
};

/** Scores as the inference stage gives them: by the model as it is written, through the same adapter. */
const scoresOf = async (
  file: LogisticModelFile,
  examples: readonly FlightExample[],
): Promise<readonly Scored[]> => {
  const model = logistic(file, modelFeatures);
  const call = { signal: new AbortController().signal, deadline: epochMsOf(0), trace: undefined };
  return Promise.all(
    examples.map(async ({ vector, positive }) => ({
      score: (await model.infer(vector, call)).answer.score,
      positive,
    })),
  );
};

/** The lowest threshold, in whole hundredths, whose warnings were right often enough on the training rows, and not too many. */
const thresholdFor = (scored: readonly Scored[]): number => {
  for (let hundredths = 1; hundredths < 100; hundredths++) {
    const { precision, warned } = qualityAt(scored, hundredths / 100);
    if (precision >= warnings.leastPrecision && warned <= warnings.mostShare) return hundredths / 100;
  }
  throw tooLittle(`scores among which no threshold warns rightly every second time`);
};
