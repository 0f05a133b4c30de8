import { relative, resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { makePipeline, refuseName, type MadePipeline } from '../../new/make-pipeline.ts';
import { judgeSample } from '../../new/ready-sample.ts';
import { roundedText } from '../../new/role-problems.ts';
import type { Roles } from '../../new/roles.ts';
import { defineCommand, optional } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { fail } from '../failure.ts';
import { nextCommand } from '../next-command.ts';
import { functionsOption } from '../pipeline-options.ts';
import { printRecord } from '../record-view.ts';
import { writeLine, type Terminal } from '../terminal.ts';
import { newOptions } from './new-options.ts';
import { askChoices, askRoles, left } from './questions.ts';

const nothingMade = (terminal: Terminal) =>
  fail(terminal, { what: 'left without an answer: nothing was made' }, exitCode.declined);

const rolesText = ({ key, time, value, id }: Roles): string =>
  [
    `key ${key}`,
    `time ${time}`,
    `value ${value?.join('.') ?? 'the hour of the day, for no event has a number'}`,
    ...(id === undefined ? [] : [`id ${id}`]),
  ].join(' · ');

/** `null`: no member is it. */
const rolesData = ({ key, time, value, id }: Roles): Readonly<Record<keyof Roles, string | null>> => ({
  key,
  time,
  value: value?.join('.') ?? null,
  id: id ?? null,
});

const madeText = ({ files }: MadePipeline, folder: string, roles: Roles): string => {
  const width = Math.max(...files.map(({ path }) => path.length));
  return [
    `made ${folder}: ${rolesText(roles)}`,
    ...files.map(({ path, about }) => `  ${path.padEnd(width)}  ${about}`),
  ].join('\n');
};

export const newPipeline = defineCommand({
  metadata: {
    name: 'new',
    summary: 'make a pipeline that runs at once',
    description: [
      'Makes a folder with a contract, three stages, a recording and tests. On a terminal it asks for what is not',
      'given. The events are those of a sample, or of an example: sensors of a cold store.',
    ].join('\n'),
    examples: [
      'freshet new cold-store',
      'freshet new orders --from-sample orders.ndjson --key customer --effect at-most-once',
      'freshet new cold-store --yes --output json',
    ],
  },
  args: { pipeline: optional('name of the new pipeline, in kebab-case') },
  options: newOptions,
  handler: async ({ args, options }, { root, terminal }) => {
    const { functions, mixed, fromSample: file, key, time, value, id } = options;
    const asked = terminal.isInteractive && !options.yes ? terminal : undefined;
    const name = args.pipeline ?? (await asked?.ask('Name of the pipeline, in kebab-case'));
    if (name === undefined && asked !== undefined) return nothingMade(terminal);
    if (name === undefined)
      throw new UsageError('USAGE', {
        message:
          'got no name, expected one in kebab-case. Fix: write npx freshet new cold-store, for example.',
      });
    const functionsFolder = resolve(root, functions);
    const folder = resolve(functionsFolder, name);
    refuseName(name, folder, root);
    if (file === undefined && [key, time, value, id].some((member) => member !== undefined))
      throw new UsageError('USAGE', {
        message:
          'got --key, --time, --value or --id without a sample, expected them to name members of one. Fix: add --from-sample <file>, or leave them out.',
      });
    const given = { root, file, mixed };
    const named = { key, time, value, id };
    const found = await judgeSample({ ...given, wanted: named });
    const wanted =
      asked === undefined || found.isTemplates ? named : await askRoles(found.judged, named, asked);
    if (wanted === left) return nothingMade(terminal);
    const choices = await askChoices(options, asked);
    if (choices === left) return nothingMade(terminal);
    const sample = wanted === named ? found : await judgeSample({ ...given, wanted });
    const made = makePipeline({ root, functionsFolder, name, sample, choices });
    const shown = relative(root, made.folder);
    const isUsual = functions === functionsOption.defaultText;
    const where = { name, functions: isUsual ? undefined : shown, state: undefined, platform: [] };
    const next = [
      isUsual ? `npm start -- ${name}` : nextCommand('dev', where),
      `npx vitest run ${shown}`,
    ] as const;
    const { output } = options;
    if (output === 'table') writeLine(terminal.out, madeText(made, shown, sample.roles));
    else
      printRecord(terminal, output, {
        pipeline: name,
        folder: shown,
        roles: rolesData(sample.roles),
        files: made.files,
        next,
      });
    for (const member of sample.judged.rounded)
      writeLine(
        output === 'table' ? terminal.out : terminal.err,
        `note:  ${member} has ${roundedText}: it is neither key nor id. Have the producer send it as a text.`,
      );
    if (output === 'table') writeLine(terminal.out, `next:  ${next.join('\n       ')}`);
    return exitCode.ok;
  },
});
