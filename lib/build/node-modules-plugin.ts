import type { Plugin } from 'esbuild';

/**
 * Node's own modules that cost much more to be imported than to be loaded.
 *
 * To be imported as an ES module, one of Node's own is read member by member, for any could be asked for by name: of
 * `node:http` that loads the WebSocket of fetch, of `node:process` it opens the standard streams. Measured in Node 24.21
 * with `process.cpuUsage`: 29 ms of CPU for an import of `node:http` and 2 for the module itself, 5 and 0 for
 * `node:process`, 3 and 0 for `node:fs` and `node:util`.
 */
const costly = /^(?:node:)?(http|process|fs|util)$/;

const whole = (name: string): string => `process.getBuiltinModule(${JSON.stringify(name)})`;

/**
 * Members of `node:http` by their names, but WebSocket, CloseEvent and MessageEvent, which are global too: it is they that cost.
 * Written down, for a bundle must not depend on the Node that made it.
 */
export const namesOfHttp = [
  '_connectionListener',
  'METHODS',
  'STATUS_CODES',
  'Agent',
  'ClientRequest',
  'IncomingMessage',
  'OutgoingMessage',
  'Server',
  'ServerResponse',
  'createServer',
  'validateHeaderName',
  'validateHeaderValue',
  'get',
  'request',
  'setMaxIdleHTTPParsers',
  'setGlobalProxyFromEnv',
  'maxHeaderSize',
  'globalAgent',
] as const;

const httpWithNames = [
  `const whole = ${whole('node:http')};`,
  'export default whole;',
  `export const { ${namesOfHttp.join(', ')} } = whole;`,
].join('\n');

/** Asks Node for such a module as CommonJS does, which takes of it what is used. A function is loaded while a record waits. */
export const nodeModulesPlugin: Plugin = {
  name: 'freshet-node-modules',
  setup(build) {
    build.onResolve({ filter: costly }, ({ path, kind }) => {
      const name = path.replace(costly, 'node:$1');
      if (kind === 'import-statement') return { path: name, namespace: 'freshet-node', sideEffects: false };
      // The bundler gives `import()` of CommonJS no names. The SDK asks for node:http so, and nobody for the others.
      if (kind === 'dynamic-import' && name === 'node:http')
        return { path: name, namespace: 'freshet-node-names' };
      return undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'freshet-node' }, ({ path }) => ({
      contents: `module.exports = ${whole(path)};`,
      loader: 'js',
    }));
    build.onLoad({ filter: /.*/, namespace: 'freshet-node-names' }, () => ({
      contents: httpWithNames,
      loader: 'js',
    }));
  },
};
