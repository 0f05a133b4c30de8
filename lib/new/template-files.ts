import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { literal } from './code.ts';

/** What there is to choose of a pipeline beside its events. */
export interface Choices {
  readonly features: 'stateful' | 'stateless';
  readonly model: 'bundled' | 'hosted';
  readonly effect: 'keyed' | 'at-most-once';
}

/** A file of a new pipeline, and what it is for. */
interface TemplateFile {
  /** From the pipeline's folder. */
  readonly path: string;
  readonly about: string;
  /** The first choice is in templates/cold-store, the second in templates/other-choices. */
  readonly isOther: boolean;
}

const templates = new URL('../../templates/', import.meta.url);

/** The template's own name, which the new pipeline's takes the place of. */
const templateName = 'cold-store';

/** Every file of the template for some choices, in the order in which somebody reads them. */
export const templateFiles = ({ features, model, effect }: Choices): readonly TemplateFile[] => {
  const isStateless = features === 'stateless';
  const isHosted = model === 'hosted';
  const isAtMostOnce = effect === 'at-most-once';
  const file = (path: string, about: string, isOther = false): TemplateFile => ({ path, about, isOther });
  return [
    file('contract.ts', 'topics, freshness, deadline, budgets, policies', isAtMostOnce),
    file('event.ts', 'the schema of an event, and what its members are'),
    file('schemas.ts', 'feature vectors and decisions'),
    file(
      'row.ts',
      isStateless ? 'the row of an entity, which is empty' : 'the row of an entity',
      isStateless,
    ),
    file('baseline.ts', 'what is usual, measured on the sample'),
    file('features.ts', 'from events to feature vectors', isStateless),
    file('model.ts', isHosted ? 'the call of a hosted model' : 'a rule, for a first model', isHosted),
    ...(isHosted ? [file('local-model.ts', 'what answers for it in the local run', true)] : []),
    file('inference.ts', 'the decision that follows from its answer', isHosted),
    file('action.ts', 'the request that a decision asks for', isAtMostOnce),
    file('recording.ts', 'how files become events, for the local run'),
    file('test/sample.ts', 'events for tests'),
    file('test/features.test.ts', 'tests of the features', isStateless),
    file('test/inference.test.ts', 'tests of the inference', isHosted),
    file('test/action.test.ts', 'tests of the action', isAtMostOnce),
    file('test/recording.test.ts', 'whether the recording is of the contract'),
    file('test/simulate.test.ts', 'all stages, through every accident', isHosted),
  ];
};

/** What differs between a template and a pipeline that is made of it, whatever its events are. */
export interface Place {
  readonly name: string;
  /** From the project's root: `functions/orders/data`. */
  readonly data: string;
  /** From the pipeline's folder: `../../lib/`. */
  readonly lib: string;
}

const replaced = new RegExp(
  String.raw`'templates/${templateName}/data'|${templateName}|'((?:\.\./)?)\.\./\.\./lib/`,
  'g',
);

/** Its text in another place, with what it imports from the other template beside it. */
export const templateText = ({ path, isOther }: TemplateFile, { name, data, lib }: Place): string => {
  const file = fileURLToPath(new URL(`${isOther ? 'other-choices' : templateName}/${path}`, templates));
  const beside = path.startsWith('test/') ? '../' : './';
  return (
    readFileSync(file, 'utf8')
      .replaceAll(`'../../${templateName}/test/`, "'./")
      .replaceAll(`'../${beside === './' ? '' : '../'}${templateName}/`, `'${beside}`)
      // At once: what is put in may have in it what is looked for.
      .replaceAll(replaced, (found, up: string | undefined) => {
        if (found === templateName) return name;
        return up === undefined ? literal(data) : `'${up}${lib}`;
      })
  );
};

/** The events of the template's own sample: what a pipeline begins with where nobody brings one. */
export const templateSample = fileURLToPath(new URL(`${templateName}/data/sample.ndjson`, templates));
