/** What of an ESTree node the rules look at. */
export interface Node {
  readonly type: string;
}

export interface Specifier extends Node {
  readonly local: { readonly name: string };
}

/** An import or an export as a statement. */
export interface Declaration extends Node {
  /** Absent from an export of the file's own. */
  readonly source: Expression | null;
  readonly importKind?: 'type' | 'value';
  readonly exportKind?: 'type' | 'value';
  readonly specifiers?: readonly Specifier[];
}

export interface Expression extends Node {
  /** Of a literal. */
  readonly value?: unknown;
  /** Of a template literal. */
  readonly quasis?: readonly { readonly value: { readonly cooked: string | null } }[];
}

interface Position {
  /** From 1. */
  readonly line: number;
  /** From 0. */
  readonly column: number;
}

export interface Location {
  readonly start: Position;
  readonly end: Position;
}

export interface RuleContext {
  /** Absolute. */
  readonly filename: string;
  report(
    problem: { readonly message: string } & ({ readonly node: Node } | { readonly loc: Location }),
  ): void;
}

/** The text that an expression is, where it is written out. */
export const textOf = ({ value, quasis }: Expression): string | undefined => {
  if (typeof value === 'string') return value;
  return quasis?.length === 1 ? (quasis[0]?.value.cooked ?? undefined) : undefined;
};
