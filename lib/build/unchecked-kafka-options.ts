/**
 * The Kafka client compiles schemas of its options when it is loaded, which takes more than half of that time. The adapter's
 * options are typed: they are taken as they are.
 */
import module from 'node:module';

const client = /[\\/]node_modules[\\/]@platformatic[\\/]kafka[\\/]/;

/** What the client compiles its schemas with. */
const compiler = 'ajv/dist/2020.js';

/** Stands in for it. */
export const uncheckedOptions = `
  export class Ajv2020 {
    addKeyword() {}
    compile() { return () => true; }
  }
`;

/** @param importer - path or address of the module that imports it */
export const isOptionsCompiler = (specifier: string, importer: string): boolean =>
  specifier === compiler && client.test(importer);

/** For this process, in which the client is loaded as it is installed; to be called before it is. */
export const leaveKafkaOptionsUnchecked = (): void => {
  const url = `data:text/javascript,${encodeURIComponent(uncheckedOptions)}`;
  module.registerHooks({
    resolve: (specifier, context, next) =>
      isOptionsCompiler(specifier, context.parentURL ?? '')
        ? { url, format: 'module', shortCircuit: true }
        : next(specifier, context),
  });
};
