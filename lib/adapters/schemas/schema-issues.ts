import type { SchemaIssue, Validator } from '../../core/ports/stage-ports.ts';

/** What a compiled schema tells of one error; the same from Ajv at run time and from its standalone code. */
export interface CompiledError {
  readonly instancePath: string;
  readonly message?: string | undefined;
}

export interface CompiledSchema {
  (value: unknown): unknown;
  readonly errors?: readonly CompiledError[] | null;
}

/** More would not help whoever reads a dead letter, and headers have a limit. */
const maxIssues = 16;

const unescape = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~');

/** Every member name that a schema spells out: what may be shown of a path, for the rest comes from the data. */
export const spelledNames = (schema: unknown): readonly string[] => {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node && typeof node.properties === 'object' && node.properties !== null)
      for (const name of Object.keys(node.properties)) names.add(name);
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(schema);
  return [...names].toSorted();
};

/** Members that the schema does not spell out are data: they are shown as `*`. Positions in an array are no secret. */
const safePointer = (value: unknown, instancePath: string, names: ReadonlySet<string>): string => {
  let node = value;
  const segments = instancePath
    .split('/')
    .slice(1)
    .map((segment) => {
      const name = unescape(segment);
      const shown = Array.isArray(node) || names.has(name);
      node = typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[name] : undefined;
      return shown ? `/${segment}` : '/*';
    });
  return segments.join('');
};

/** A compiled schema as a validator whose issues never contain a value. */
export const validatorOf = (compiled: CompiledSchema, names: readonly string[]): Validator => {
  const known: ReadonlySet<string> = new Set(names);
  return (value): readonly SchemaIssue[] =>
    compiled(value)
      ? []
      : (compiled.errors ?? []).slice(0, maxIssues).map(({ instancePath, message }) => ({
          pointer: safePointer(value, instancePath, known),
          message: message ?? 'is not of the schema',
        }));
};
