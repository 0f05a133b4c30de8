/** Whether the domain's functions depend on their input alone, and leave it as it is. */
import { canonicalJson, isPlainObject } from '../core/digest.ts';
import { firstDifference } from './difference.ts';
import { elsewhere, type Asked } from './elsewhere.ts';

/** What a function does that it must not do. */
export interface Impurity {
  /**
   * `input` and `initial`: it changes them. `clock`, `randomness`: its answer depends on them. `memory`: on what it kept from
   * an earlier call. `history`: two deliveries gave it one input, and it answered differently.
   */
  readonly law: 'input' | 'initial' | Asked | 'memory' | 'history';
  /** Its name and, where that is known, its event type: `fold of "boarding"`. */
  readonly who: string;
  /** What differed. */
  readonly evidence: string;
}

/** Whether it is data alone: of what has methods, or is of a class, no copy is sure to be the same. */
const isData = (value: unknown): value is object =>
  Array.isArray(value) ||
  (isPlainObject(value) && !Object.values(value).some((inner) => typeof inner === 'function'));

/**
 * A copy whose arrays and plain objects are its own; frozen, if wanted. All else in it, such as a typed array, a `Date` or an instance
 * of a class, is handed over as it is.
 */
const copyOf = <Value>(
  value: Value,
  form: 'frozen' | 'loose',
  /** Copies by what they were made of: it may be there twice, or hold itself. */
  known = new Map<unknown, object>(),
): Value => {
  if (!isData(value)) return value;
  const made = known.get(value);
  if (made !== undefined) return made as Value;
  const copy: object = Array.isArray(value) ? Object.assign([], { length: value.length }) : {};
  known.set(value, copy);
  for (const [name, inner] of Object.entries(value))
    Object.defineProperty(copy, name, {
      value: copyOf<unknown>(inner, form, known),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  if (form === 'frozen') Object.freeze(copy);
  return copy as Value;
};

/** What was seen of the domain's functions. */
export class PurityWatch {
  readonly #initial: unknown;
  /** What it was at first. */
  readonly #initially: unknown;
  /** Answers by function and input. */
  readonly #answers = new Map<string, Answer>();
  #first: Impurity | undefined;

  /** @param initial - the state that every row begins with, where there is one */
  constructor(initial?: unknown) {
    this.#initial = initial;
    this.#initially = copyOf(initial, 'loose');
  }

  /** The first of them. */
  get impurity(): Impurity | undefined {
    return this.#first;
  }

  report(impurity: Impurity): void {
    this.#first ??= impurity;
  }

  /** Whether the state that rows begin with is still what it was. */
  checkInitial(who: string): void {
    const difference = firstDifference(this.#initially, this.#initial);
    if (difference === undefined) return;
    this.report({
      law: 'initial',
      who,
      evidence: `initial${difference.path} was ${difference.expected} and became ${difference.got}`,
    });
  }

  /**
   * Remembers an answer; one that differs from the one to the same input before is a fault. Of input that is no plain JSON nobody can
   * say that it is the same, and nothing is remembered.
   */
  remember(who: string, args: readonly unknown[], answer: Answer): void {
    const text = textOf(args);
    if (text === undefined) return;
    const input = `${who} ${text}`;
    const known = this.#answers.get(input);
    if (known === undefined) this.#answers.set(input, answer);
    else {
      const evidence = differenceOf(known, answer);
      if (evidence !== undefined) this.report({ law: 'history', who, evidence });
    }
  }
}

const textOf = (value: unknown): string | undefined => {
  try {
    return canonicalJson(value);
  } catch {
    return undefined;
  }
};

/** What a call came to, and what is compared of it. */
type Answer = { readonly returned: unknown } | { readonly threw: string; readonly thrown: unknown };

const answerOf = (call: () => unknown): Answer => {
  try {
    return { returned: call() };
  } catch (thrown) {
    return { threw: thrown instanceof Error ? thrown.message : String(thrown), thrown };
  }
};

const comparable = (answer: Answer): object =>
  'threw' in answer ? { threw: answer.threw } : { returned: answer.returned };

const differenceOf = (first: Answer, second: Answer): string | undefined => {
  const difference = firstDifference(comparable(first), comparable(second));
  if (difference === undefined) return undefined;
  const place = difference.path.replace('/returned', '');
  return `its answer${place === '' ? '' : ` at ${place}`} was ${difference.expected}, and then ${difference.got}`;
};

/** The luck of the calls that are only made to compare. */
const lucks = [0.000_1, 0.999_9];

/** Calls once more with the same input, at another time and with other luck. */
const comparedWith = (
  first: Answer,
  again: () => unknown,
): { readonly law: Asked | 'memory'; readonly evidence: string } | undefined => {
  for (const luck of lucks) {
    const { result, asked } = elsewhere(() => answerOf(again), luck);
    const evidence = differenceOf(first, result);
    if (evidence !== undefined)
      return {
        law: asked.has('randomness') ? 'randomness' : asked.has('clock') ? 'clock' : 'memory',
        evidence,
      };
    if (!asked.has('randomness')) return undefined;
  }
  return undefined;
};

/**
 * A function of the domain that gets its input frozen, and is told on where it tries to change it.
 *
 * @param who - its name, for the message: `fold of "boarding"`
 */
export const unchanging = <Args extends readonly unknown[], Result>(
  who: string,
  names: readonly string[],
  call: (...args: Args) => Result,
  watch: PurityWatch,
): ((...args: Args) => Result) => {
  /** It failed on frozen input: if it changes what is not frozen, that is why. */
  const judge = (args: Args): void => {
    const loose = copyOf(args, 'loose');
    try {
      const answer = call(...loose);
      if (answer instanceof Promise) answer.catch(() => {});
    } catch {
      // It fails on loose input too; what it changed before that is seen all the same.
    }
    args.forEach((arg, index) => {
      const difference = firstDifference(arg, loose[index]);
      if (difference)
        watch.report({
          law: 'input',
          who,
          evidence: `${names[index] ?? 'input'}${difference.path} was ${difference.expected} and became ${difference.got}`,
        });
    });
  };
  return (...args) => {
    const frozen = copyOf(args, 'frozen');
    try {
      const result = call(...frozen);
      if (result instanceof Promise) result.catch(() => judge(args));
      return result;
    } catch (thrown) {
      judge(args);
      throw thrown;
    }
  };
};

/** A function that must also give the same answer to the same input: it is asked twice or more each time. */
export const pure = <Args extends readonly unknown[], Result>(
  who: string,
  names: readonly string[],
  call: (...args: Args) => Result,
  watch: PurityWatch,
): ((...args: Args) => Result) => {
  const once = unchanging(who, names, call, watch);
  return (...args) => {
    const first = answerOf(() => once(...args));
    watch.checkInitial(who);
    const compared = comparedWith(first, () => once(...args));
    if (compared) watch.report({ who, ...compared });
    watch.remember(who, args, first);
    if ('threw' in first) throw first.thrown;
    return first.returned as Result;
  };
};
