import type { Plugin } from 'esbuild';
import { dirname } from 'node:path';
import type { WireFormat } from '../core/contract/formats.ts';
import { engineModule } from './engine.ts';

const decoderFrom = (module: string, call: string): string =>
  `export const registryDecoder = async (format, registry) => (await import(${JSON.stringify(engineModule(module))})).${call};`;

/** The module that stands in for lib/runtime/wire-formats.ts: it can load one format, or none. */
const generate = (format: WireFormat | undefined): string => {
  switch (format?.format) {
    case 'avro':
      return decoderFrom('adapters/wire/avro.ts', 'avroValues(registry)');
    case 'protobuf':
      return decoderFrom('adapters/wire/protobuf.ts', 'protobufValues(registry, format)');
    case 'json':
    case undefined:
      return 'export const registryDecoder = undefined;';
  }
};

/** What reads each format takes of a handler's size, bytes: avsc's types, or protobufjs with its parser and its JSON. */
const libraryBytes: Readonly<Record<WireFormat['format'], number>> = {
  json: 0,
  avro: 70_000,
  protobuf: 180_000,
};

/** @param format - of the topic that the stage reads; `undefined` for what Freshet writes itself */
export const formatBytes = (format: WireFormat | undefined): number =>
  format === undefined ? 0 : libraryBytes[format.format];

/**
 * Leaves out of a bundle what reads formats that its stage does not read.
 *
 * @param format - of the topic that the stage reads; `undefined` for what Freshet writes itself
 */
export const wireFormatsPlugin = (format: WireFormat | undefined): Plugin => {
  const formatsModule = engineModule('runtime/wire-formats.ts');
  return {
    name: 'freshet-wire-formats',
    setup(build) {
      build.onLoad({ filter: /[\\/]wire-formats\.ts$/ }, ({ path }) =>
        path === formatsModule
          ? { contents: generate(format), loader: 'js', resolveDir: dirname(formatsModule) }
          : undefined,
      );
    },
  };
};
