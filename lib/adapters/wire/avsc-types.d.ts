/**
 * What is used of avsc's types alone: its entry also loads containers, files, services and the IDL, which are half of it.
 * Its own declarations do not know what a type reads with.
 */
declare module 'avsc/lib/types.js' {
  /** A place in a value's bytes. Reading beyond their end moves it there and answers with anything. */
  export interface Tap {
    readonly buf: Buffer;
    readonly pos: number;
    readLong(): number;
    skipLong(): void;
    readString(): string;
    isValid(): boolean;
  }

  export interface AvroType {
    /** `record`, `array`, `union:wrapped`, `abstract:long`, … */
    readonly typeName: string;
    readonly name: string | undefined;
    /** Under which a union's value stands. */
    readonly branchName: string | undefined;
    /** @throws {Error} for bytes that are too few or too many */
    fromBuffer(bytes: Buffer): unknown;
    _read(tap: Tap): unknown;
  }

  export interface Options {
    readonly registry: Record<string, AvroType>;
    readonly wrapUnions: 'always';
    readonly typeHook: (schema: unknown, options: Options) => AvroType | undefined;
  }

  type Making<Made> = new (schema: object, options: Options) => Made;

  interface Types {
    readonly Type: { forSchema(schema: unknown, options: Options): AvroType };
    readonly builtins: {
      readonly ArrayType: Making<AvroType & { readonly itemsType: AvroType }>;
      readonly MapType: Making<AvroType & { readonly valuesType: AvroType }>;
      readonly LongType: {
        __with(methods: {
          /** @param bytes - two's complement, little-endian */
          fromBuffer(bytes: Buffer): unknown;
          toBuffer(value: unknown): Buffer;
          fromJSON(value: unknown): unknown;
          toJSON(value: unknown): unknown;
          isValid(value: unknown): boolean;
          compare(left: unknown, right: unknown): number;
        }): AvroType;
      };
    };
  }

  const types: Types;
  export default types;
}
