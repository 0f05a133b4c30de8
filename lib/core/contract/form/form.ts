import type { Problem } from '../../errors.ts';

/**
 * What a form found. A contract is checked by the compiler where its author lets it; Node strips types without looking at them,
 * so a contract that reaches us may lack anything.
 */
export interface FormFindings {
  /** Members that are missing or of another kind: nothing can be resolved from them. */
  readonly broken: Problem[];
  /** Members that nothing reads, such as a misspelt option. */
  readonly unknown: Problem[];
}

/** Judges the form of one value. */
export type Form = (value: unknown, path: string, findings: FormFindings) => void;

/** A value, for the `got` of a problem. */
export const got = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

/** A member's path, as the author wrote it. */
export const pathOf = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

export const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that one question settles. */
export const kindOf =
  (expected: string, fits: (value: unknown) => boolean): Form =>
  (value, path, { broken }) => {
    if (!fits(value))
      broken.push({
        path: path === '' ? 'the contract' : path,
        got: got(value),
        expected,
        fix: value === undefined ? `add ${path}` : `write ${expected} there`,
      });
  };

export const oneOf = (...words: readonly string[]): Form =>
  kindOf(words.map((word) => `'${word}'`).join(' or '), (value) => words.includes(value as string));

/** An object with these members and no others. */
export const members =
  (required: Readonly<Record<string, Form>>, optional: Readonly<Record<string, Form>> = {}): Form =>
  (value, path, findings) => {
    if (!isPlain(value)) {
      const names = Object.keys(required).join(', ');
      return kindOf(names === '' ? 'an object' : `an object with ${names}`, isPlain)(value, path, findings);
    }
    for (const [name, form] of Object.entries(required)) form(value[name], pathOf(path, name), findings);
    for (const [name, form] of Object.entries(optional))
      if (value[name] !== undefined) form(value[name], pathOf(path, name), findings);
    for (const name of Object.keys(value))
      if (!Object.hasOwn(required, name) && !Object.hasOwn(optional, name))
        findings.unknown.push({
          path: pathOf(path, name),
          got: 'a member that nothing reads',
          expected: `one of ${[...Object.keys(required), ...Object.keys(optional)].join(', ')}`,
          fix: 'correct its name, or remove it',
        });
  };

/** An object whose members all have one form. */
export const each =
  (form: Form): Form =>
  (value, path, findings) => {
    if (!isPlain(value)) return kindOf('an object', isPlain)(value, path, findings);
    for (const [name, item] of Object.entries(value)) form(item, pathOf(path, name), findings);
  };

/** Another form where the value is a certain one. */
export const either =
  (when: (value: unknown) => boolean, then: Form, otherwise: Form): Form =>
  (value, path, findings) =>
    when(value) ? then(value, path, findings) : otherwise(value, path, findings);
