import { canonicalJson, digestOf } from '../core/digest.ts';
import { ConfigError, PermanentRecordError, type Problem } from '../core/errors.ts';
import type { Model } from '../core/stages/inference.ts';

/** One input of a logistic model. Mean, scale and range are those of the training rows. */
export interface LogisticFeature {
  readonly name: string;
  /** Log-odds per standard deviation. */
  readonly weight: number;
  readonly mean: number;
  /** Standard deviation; 1 for a feature that never varied. */
  readonly scale: number;
  readonly min: number;
  readonly max: number;
}

/** A trained model as it lies beside the code. Times are RFC 3339. */
export interface LogisticModelFile {
  readonly kind: 'logistic';
  readonly id: string;
  readonly version: string;
  readonly features: readonly LogisticFeature[];
  readonly intercept: number;
  /** From this score on the model says yes. */
  readonly threshold: number;
  readonly trainedOn: { readonly from: string; readonly to: string; readonly rows: number };
  /** Measured on rows that training never saw. */
  readonly metrics: Readonly<Record<string, number>>;
  /** SHA-256 of the canonical JSON of everything else. */
  readonly digest: string;
}

/** How a vector gives each feature; `undefined` where it is not known. The names must be those of the model, no more and no fewer. */
export type NamedFeatures<Vector> = Readonly<Record<string, (vector: Vector) => number | undefined>>;

export interface Contribution {
  readonly name: string;
  /** As scored: within the range of training; `undefined` where it is not known. */
  readonly value: number | undefined;
  /** How much it moves the log-odds from those of a mean row. */
  readonly logOdds: number;
}

export interface LogisticAnswer {
  /** Probability, 0–1. */
  readonly score: number;
  readonly threshold: number;
  /** In the model's order. */
  readonly contributions: readonly Contribution[];
  /** Features whose value lay outside of what training saw, and which were scored at the nearest value it did see. */
  readonly outsideTraining: readonly string[];
}

/** Seals what training found: the digest is over all of it. */
export const sealModel = (model: Omit<LogisticModelFile, 'digest'>): LogisticModelFile => ({
  ...model,
  digest: digestOf(canonicalJson(model)),
});

/**
 * A logistic regression by itself: from a vector to its score, and to what each feature adds to it.
 *
 * A feature that is not known moves nothing: it is scored as the mean row; whether that matters is for a feature of its own
 * to say. A value outside the range of training is scored at the border of it and named in the answer: the line was
 * fitted there, and further out it only looks precise. Neither is refused: a decision with a flag is worth more than none.
 *
 * @param file - the parsed model file: {@link LogisticModelFile}
 * @throws {ConfigError} `MODEL_INVALID`, with everything that is wrong at once: not a model, changed by hand, or of other features
 */
export const logisticScorer = <Vector>(
  file: unknown,
  features: NamedFeatures<Vector>,
): ((vector: Vector) => LogisticAnswer) => {
  const model = checked(file, Object.keys(features));
  return (vector) => scored(model, features, vector);
};

/**
 * The same as a model that is bundled with its stage.
 *
 * @throws {ConfigError} `MODEL_INVALID`, as {@link logisticScorer}
 */
export const logistic = <Vector>(
  file: unknown,
  features: NamedFeatures<Vector>,
): Model<Vector, LogisticAnswer> => {
  const model = checked(file, Object.keys(features));
  return {
    id: model.id,
    version: model.version,
    digest: model.digest,
    infer: (vector) => ({ answer: scored(model, features, vector) }),
  };
};

const scored = <Vector>(
  { features, intercept, threshold }: LogisticModelFile,
  values: NamedFeatures<Vector>,
  vector: Vector,
): LogisticAnswer => {
  const outsideTraining: string[] = [];
  const contributions = features.map(({ name, weight, mean, scale, min, max }): Contribution => {
    const given = values[name]?.(vector);
    if (given === undefined) return { name, value: undefined, logOdds: 0 };
    if (!Number.isFinite(given))
      throw new PermanentRecordError('OUTPUT_MISMATCH', {
        message: `feature "${name}": got ${given}; expected a finite number, or undefined where it is not known`,
      });
    const value = Math.min(Math.max(given, min), max);
    if (value !== given) outsideTraining.push(name);
    return { name, value, logOdds: (weight * (value - mean)) / scale };
  });
  const logOdds = contributions.reduce((sum, part) => sum + part.logOdds, intercept);
  return { score: 1 / (1 + Math.exp(-logOdds)), threshold, contributions, outsideTraining };
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isFeature = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value['name'] === 'string' &&
  ['weight', 'mean', 'scale', 'min', 'max'].every((member) => Number.isFinite(value[member])) &&
  (value['scale'] as number) > 0;

const isModelFile = (file: unknown): file is LogisticModelFile =>
  isRecord(file) &&
  file['kind'] === 'logistic' &&
  ['id', 'version', 'digest'].every((member) => typeof file[member] === 'string') &&
  Number.isFinite(file['intercept']) &&
  Number.isFinite(file['threshold']) &&
  Array.isArray(file['features']) &&
  file['features'].every(isFeature);

const retrain = 'train it again, and leave the file as training writes it';

const checked = (file: unknown, given: readonly string[]): LogisticModelFile => {
  const refuse = (problems: readonly Problem[]): ConfigError =>
    new ConfigError('MODEL_INVALID', { message: 'the model cannot be used:', problems });
  if (!isModelFile(file))
    throw refuse([
      {
        path: 'model',
        got: isRecord(file) ? `an object with ${Object.keys(file).join(', ') || 'nothing'}` : typeof file,
        expected: 'a logistic model: kind, id, version, features, intercept, threshold, digest',
        fix: retrain,
      },
    ]);
  const problems: Problem[] = [];
  const { digest, ...sealed } = file;
  const actual = digestOf(canonicalJson(sealed));
  if (actual !== digest)
    problems.push({
      path: 'model.digest',
      got: `${digest} for a content of ${actual}`,
      expected: 'the digest of the content',
      fix: retrain,
    });
  const named = file.features.map(({ name }) => name);
  const missing = named.filter((name) => !given.includes(name));
  const unused = given.filter((name) => !named.includes(name));
  if (missing.length > 0 || unused.length > 0 || new Set(named).size !== named.length)
    problems.push({
      path: 'model.features',
      got: [
        missing.length > 0 ? `no function for ${missing.join(', ')}` : '',
        unused.length > 0 ? `functions for ${unused.join(', ')}, which the model does not know` : '',
        new Set(named).size === named.length ? '' : 'a name that stands twice',
      ]
        .filter((part) => part !== '')
        .join('; '),
      expected: `one function for each of ${named.join(', ')}`,
      fix: 'name the features as the model does, or train it again',
    });
  if (problems.length > 0) throw refuse(problems);
  return file;
};
