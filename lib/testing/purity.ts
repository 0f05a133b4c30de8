import { firstDifference } from './difference.ts';

const deepFreeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
};

/** `undefined` for what cannot be cloned, such as a model's answer with functions in it: that is handed over as it is. */
const copyOf = <Value>(value: Value): Value | undefined => {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
};

/** What the domain's functions did that they must not do. */
export class PurityFaults {
  #first: Error | undefined;

  report(fault: Error): void {
    this.#first ??= fault;
  }

  /** @throws the first of them */
  check(): void {
    if (this.#first) throw this.#first;
  }
}

/**
 * A function of the domain that gets its input frozen, and is told on where it tries to change it.
 *
 * @param what - its name, for the message: `fold of "boarding"`
 */
export const unchanging = <Args extends readonly unknown[], Result>(
  what: string,
  names: readonly string[],
  call: (...args: Args) => Result,
  faults: PurityFaults,
): ((...args: Args) => Result) => {
  /** It failed on frozen input: if it changes what is not frozen, that is why. */
  const judge = (args: Args, thrown: unknown): void => {
    const loose = copyOf(args);
    if (loose === undefined) return;
    try {
      const answer = call(...loose);
      if (answer instanceof Promise) answer.catch(() => {});
    } catch {
      // It fails on loose input too; what it changed before that is seen all the same.
    }
    args.forEach((arg, index) => {
      const difference = firstDifference(arg, loose[index]);
      if (difference)
        faults.report(
          new Error(
            `${what} changes its input: ${names[index] ?? 'input'}${difference.path} was ${difference.expected} and became ${difference.got}. Fix: make a new value instead, such as { ...state, … }.`,
            { cause: thrown },
          ),
        );
    });
  };
  return (...args) => {
    const frozen = copyOf(args);
    if (frozen === undefined) return call(...args);
    frozen.forEach(deepFreeze);
    try {
      const result = call(...frozen);
      if (result instanceof Promise) result.catch((thrown: unknown) => judge(args, thrown));
      return result;
    } catch (thrown) {
      judge(args, thrown);
      throw thrown;
    }
  };
};
