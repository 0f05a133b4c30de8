import type { BuildOptions } from 'esbuild';

/** The form of everything that goes into a handler, whether it is bundled with its stage or before. */
export const handlerFormat = {
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  // A tsconfig of wherever the pipeline lies must not change what is deployed.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, target: 'ES2024' } },
} as const satisfies BuildOptions;

/** How a handler is made small. */
export const handlerMinified = {
  minify: true,
  // An error's class is what a dead letter and a log line name it by.
  keepNames: true,
} as const satisfies BuildOptions;

/**
 * - `deployed`: made small.
 * - `debuggable`: the same code as it was written, so that a debugger knows every name, with maps that tell it where the sources are
 *   on this machine. No function is wrapped to keep its name: a breakpoint on the line of a short one would be at the wrapper, which
 *   ran when the module was loaded. So a class that mentions itself, or has a namesake, may be named otherwise in its letters.
 * - `traced`: as it is deployed, but it tells what it asks of its ports, and can leave them as they are (`freshet invoke`).
 */
export type HandlerForm = 'deployed' | 'debuggable' | 'traced';
