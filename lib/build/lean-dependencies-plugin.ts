import type { Plugin } from 'esbuild';

/**
 * Modules of dependencies that a handler never runs, and what stands in their place: a function is loaded while a record waits.
 *
 * Each stand-in fails, or answers, so that a wrong guess shows at once.
 */
const standIns: readonly { readonly module: RegExp; readonly contents: string }[] = [
  // Lambda gives a function its credentials in the environment, and so does a local run.
  {
    module: /^@aws-sdk\/credential-provider-node$/,
    contents: `
      import { fromEnv } from '@aws-sdk/credential-provider-env';
      export const defaultProvider = (options) => fromEnv(options);
    `,
  },
  // Parses the user agents of browsers.
  {
    module: /^bowser$/,
    contents: 'export default {};',
  },
  // The Kafka client's: with DEBUG set it would print requests, with the payloads in them.
  {
    module: /^debug$/,
    contents: 'export default () => () => {};',
  },
  // Idempotency keys are given to Powertools as they are, never looked for by an expression.
  {
    module: /^@aws-lambda-powertools\/jmespath(?:\/functions)?$/,
    contents: `
      export const search = () => { throw new Error('no JMESPath expression is used by a handler'); };
      export class PowertoolsFunctions {}
    `,
  },
];

/** Leaves out of a handler what it never runs. */
export const leanDependenciesPlugin: Plugin = {
  name: 'freshet-lean-dependencies',
  setup(build) {
    for (const { module, contents } of standIns) {
      build.onResolve({ filter: module }, ({ path, resolveDir }) => ({
        path,
        namespace: 'freshet-stand-in',
        pluginData: { contents, resolveDir },
      }));
    }
    build.onLoad({ filter: /.*/, namespace: 'freshet-stand-in' }, ({ pluginData }) => {
      const { contents, resolveDir } = pluginData as {
        readonly contents: string;
        readonly resolveDir: string;
      };
      return { contents, resolveDir, loader: 'js' };
    });
  },
};
