/** Protobuf's schemas as the registry has them: text, with the files that it imports. */
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/google/protobuf/descriptor.json' with { type: 'json' };
import { knownProtos } from './known-protos.ts';
import type { CompleteSchema } from './registry.ts';

/** A message of a file, with those declared in it, in the order of their declaration: that is what a message index counts. */
export interface DeclaredMessage {
  /** With its package, without a dot before it. */
  readonly fullName: string;
  readonly messages: readonly DeclaredMessage[];
}

export interface ProtobufSchema {
  readonly root: protobuf.Root;
  /** Of the schema's own file. */
  readonly messages: readonly DeclaredMessage[];
}

/** Names stay as they are written: the JSON mapping has its own for them. */
const options = { keepCase: true } as const;

const descriptorPath = 'google/protobuf/descriptor.proto';

const declaredIn = (namespace: protobuf.NamespaceBase): readonly DeclaredMessage[] =>
  namespace.nestedArray
    .filter((nested) => nested instanceof protobuf.Type)
    .map((type) => ({ fullName: type.fullName.replace(/^\./, ''), messages: declaredIn(type) }));

/**
 * Parses a schema and what it imports.
 *
 * Imports that nobody has are passed over: options are often all that is used of them. A message that needs one is refused.
 *
 * @throws {Error} for what is no schema, or uses a type that is nowhere declared
 */
export const protobufSchema = ({
  text,
  references,
}: Pick<CompleteSchema, 'text' | 'references'>): ProtobufSchema => {
  const root = new protobuf.Root();
  const files = new Map(references.map(({ name, text: file }) => [name, file]));
  const loaded = new Set<string>();
  const load = (file: string): protobuf.IParserResult => {
    const parsed = protobuf.parse(file, root, options);
    for (const path of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) loadImport(path);
    return parsed;
  };
  const loadImport = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    const file = files.get(path) ?? (Object.hasOwn(knownProtos, path) ? knownProtos[path] : undefined);
    if (file !== undefined) return void load(file);
    const common = path === descriptorPath ? descriptor : protobuf.common.get(path);
    if (common?.nested) root.addJSON(common.nested);
  };
  const { package: name } = load(text);
  root.resolveAll();
  // On its own: in the root, files of one package are one namespace.
  const own = new protobuf.Root();
  protobuf.parse(text, own, options);
  const namespace = name ? own.lookup(name) : own;
  return { root, messages: namespace instanceof protobuf.Namespace ? declaredIn(namespace) : [] };
};
