import type { RegistryFormat } from '../core/contract/formats.ts';
import type { ValueDecoder } from '../core/ports/value-decoder.ts';

/**
 * Opens what reads the values of a format with a registry's schemas, and loads it only then.
 *
 * A bundle contains only what its stage's contract asks for: the bundler puts a module in the place of this one
 * (lib/build/wire-formats-plugin.ts) that knows no other format.
 *
 * @param registry - its address; `null`: there is none, and only what comes as JSON is taken
 */
export const registryDecoder = async (
  format: RegistryFormat,
  registry: string | null,
): Promise<ValueDecoder> => {
  switch (format.format) {
    case 'avro':
      return (await import('../adapters/wire/avro.ts')).avroValues(registry);
    case 'protobuf':
      return (await import('../adapters/wire/protobuf.ts')).protobufValues(registry, format);
  }
};
