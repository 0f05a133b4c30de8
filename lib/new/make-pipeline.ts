import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPipelineName } from '../core/contract/contradictions/naming.ts';
import { ConfigError, messageOf, UsageError } from '../core/errors.ts';
import { baselineOf } from './baseline.ts';
import { baselineText, contractText, eventText, sampleText } from './event-text.ts';
import { grownFrom } from './grow-sample.ts';
import type { ReadySample } from './ready-sample.ts';
import { templateFiles, templateText, type Choices } from './template-files.ts';

export interface NewPipeline {
  /** The project's root, absolute. */
  readonly root: string;
  /** Where pipelines are, absolute. */
  readonly functionsFolder: string;
  readonly name: string;
  readonly sample: ReadySample;
  readonly choices: Choices;
}

export interface MadePipeline {
  /** Absolute. */
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly about: string }[];
}

const lib = fileURLToPath(new URL('..', import.meta.url));
const seed = 1;

/** @throws {UsageError} for a name that is none, or whose folder is there */
export const refuseName = (name: string, folder: string, root: string): void => {
  if (!isPipelineName(name))
    throw new UsageError('USAGE', {
      message: `got the pipeline name "${name}", expected kebab-case, such as cold-store, at most 63 characters. Fix: name it so.`,
    });
  if (existsSync(folder))
    throw new UsageError('USAGE', {
      message: `got the pipeline name "${name}", but ${relative(root, folder)} is there already; nothing in it was changed. Fix: choose another name, or move the folder away.`,
    });
};

const linesOf = (events: readonly unknown[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** Path → text of everything, and what each is for. */
const filesOf = (
  { root, functionsFolder, name, sample, choices }: NewPipeline,
  folder: string,
): ReadonlyMap<string, { readonly text: string; readonly about: string }> => {
  const { lines, shape, roles, isTemplates } = sample;
  const data = relative(root, join(folder, 'data')).replaceAll('\\', '/');
  const toLib = `${relative(join(functionsFolder, name), lib).replaceAll('\\', '/')}/`;
  const textOf = (path: string, template: string): string => {
    switch (path) {
      case 'event.ts':
        return eventText(shape, roles, toLib);
      case 'baseline.ts':
        return baselineText(baselineOf(lines, roles));
      case 'contract.ts':
        return contractText(template, roles);
      case 'test/sample.ts':
        return sampleText(template, shape, roles);
      default:
        return template;
    }
  };
  const files = templateFiles(choices).map((file) => {
    // What the sample brings comes last: a member may have the name of the template.
    const template = templateText(file, { name, data, lib: toLib });
    return [file.path, { text: textOf(file.path, template), about: file.about }] as const;
  });
  const grown = grownFrom(lines, roles, seed);
  const sampled = lines.map(({ text }) => `${text}\n`).join('');
  return new Map([
    ...files,
    [
      'data/sample.ndjson',
      { text: sampled, about: isTemplates ? 'a few events' : `your sample: ${lines.length} events` },
    ],
    ...(grown.length === 0
      ? []
      : ([
          [
            'data/generated.ndjson',
            {
              text: linesOf(grown),
              about: `${grown.length} more, made up in its shape: delete it once you have real ones`,
            },
          ],
        ] as const)),
  ]);
};

/**
 * Makes the folder of a pipeline. It is written beside its place and renamed: there is all of it, or nothing.
 *
 * @throws {UsageError} for a name that is none, or whose folder is there
 * @throws {ConfigError} `PIPELINE_INVALID` where it cannot be written
 */
export const makePipeline = (pipeline: NewPipeline): MadePipeline => {
  const { functionsFolder, name, root } = pipeline;
  const folder = join(functionsFolder, name);
  refuseName(name, folder, root);
  const files = filesOf(pipeline, folder);
  let draft: string | undefined;
  try {
    mkdirSync(functionsFolder, { recursive: true });
    // A hidden folder is no pipeline: whoever looks meanwhile passes it over.
    draft = mkdtempSync(join(functionsFolder, `.${name}-`));
    for (const [path, { text }] of files) {
      mkdirSync(dirname(join(draft, path)), { recursive: true });
      writeFileSync(join(draft, path), text);
    }
    renameSync(draft, folder);
  } catch (thrown) {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
    throw new ConfigError('PIPELINE_INVALID', {
      message: 'the pipeline cannot be made:',
      problems: [
        {
          path: relative(root, folder),
          got: messageOf(thrown),
          expected: 'a folder that can be written; nothing is left of the attempt',
          fix: 'make it writable, or make room on the disk',
        },
      ],
      cause: thrown,
    });
  }
  return { folder, files: [...files].map(([path, { about }]) => ({ path, about })) };
};
