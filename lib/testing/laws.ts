/** What must hold of a stage, in words: which law broke, and how to mend it. */
import type { Schedule } from './deliveries.ts';
import type { Impurity } from './purity.ts';

interface Law {
  /** What is wrong, after the name of the function. */
  readonly broken: string;
  readonly fix: string;
}

const remember =
  'keep no variable outside of the function that changes; what must be remembered belongs into the row';

/** What a function of the domain does wrong. */
const impurities: Readonly<Record<Exclude<Impurity['law'], 'history'>, Law>> = {
  input: {
    broken: 'changes its input',
    fix: 'make a new value instead, such as { ...state, … }',
  },
  initial: {
    broken: 'changes the shared `initial`, with which every row begins',
    fix: 'make a new value instead, such as { ...state, … }, and never touch the object that `initial` names',
  },
  clock: {
    broken: 'depends on a clock',
    fix: "take the time from the event, such as its contract's `time` field",
  },
  randomness: {
    broken: 'depends on randomness',
    fix: 'derive from the event what must vary, such as from a hash of its id',
  },
  memory: { broken: 'depends on what it kept from an earlier call', fix: remember },
};

/** What a result must not depend on, by what a delivery does. */
const deliveries: Readonly<Record<Schedule['kind'], Law>> = {
  again: { broken: 'depends on what it kept from an earlier call', fix: remember },
  regrouped: {
    broken: 'depends on which records share a batch',
    fix: `a batch may end anywhere: ${remember}`,
  },
  'regrouped-keys': {
    broken: 'depends on the order across keys, or on which records share a batch',
    fix: `a batch may end anywhere, and only records of one key keep their order: ${remember}`,
  },
  shuffled: {
    broken: 'depends on the order across keys',
    fix: `only records of one key keep their order: ${remember}`,
  },
  redelivered: {
    broken: 'depends on how often a record is delivered',
    fix: `a record may come any number of times: ${remember}`,
  },
  crashed: {
    broken: 'depends on a worker that lives on',
    fix: `a worker may vanish at any moment, and another goes on from what is stored: ${remember}`,
  },
  overtaken: {
    broken: 'depends on which worker writes the row first',
    fix: `whoever comes second reads the row again and folds again: ${remember}`,
  },
};

const lawOf = ({ law }: Impurity, kind: Schedule['kind']): Law =>
  law === 'history' ? deliveries[kind] : impurities[law];

/** A function of the domain that is not pure, and the delivery that showed it. */
export const impurityText = (impurity: Impurity, { name, kind }: Pick<Schedule, 'name' | 'kind'>): string => {
  const { broken, fix } = lawOf(impurity, kind);
  const { law, who, evidence } = impurity;
  const seen = law === 'input' || law === 'initial' ? evidence : `to one input ${evidence}`;
  return `When ${name}, ${who} ${broken}: ${seen}. Fix: ${fix}.`;
};

/** A result that is another, although no function gave two answers to one input. */
export const differenceText = (
  finding: string,
  { path, expected, got }: { readonly path: string; readonly expected: string; readonly got: string },
  { name, kind }: Pick<Schedule, 'name' | 'kind'>,
): string => {
  const { broken, fix } = deliveries[kind];
  return `When ${name}, ${finding} is another: ${path || 'it'} was ${expected}, and now is ${got}. The stage ${broken}. Fix: ${fix}.`;
};
