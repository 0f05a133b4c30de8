import { relative } from 'node:path';
import { choosePipeline } from '../local/pipeline-choice.ts';
import { isTrained, loadTraining } from '../local/train.ts';
import { defineCommand } from './command.ts';
import { exitCode } from './exit-code.ts';
import { functionsOption, pipelineArgument } from './pipeline-options.ts';
import { printRecord, recordFormat } from './record-view.ts';
import { writeLine } from './terminal.ts';

export const train = defineCommand({
  metadata: {
    name: 'train',
    summary: 'train the model of a pipeline from its recording',
    description: [
      'Runs train.ts of the pipeline, which writes model.json and says how good it is. With --output json its figures',
      'are data, if it returns { model, modelFile }; what it says goes to standard error then.',
    ].join('\n'),
    examples: ['freshet train', 'freshet train departure-delay', 'freshet train --output json'],
  },
  args: { pipeline: pipelineArgument },
  options: { functions: functionsOption, output: recordFormat },
  handler: async ({ args, options }, { root, terminal }) => {
    const { pipeline } = await choosePipeline({
      root,
      functionsFolder: options.functions,
      name: args.pipeline,
    });
    const run = await loadTraining(pipeline);
    const { output } = options;
    const screen = output === 'table' ? terminal.out : terminal.err;
    const returned = await run({ root, print: (line) => writeLine(screen, line) });
    if (output === 'table') return exitCode.ok;
    const trained = isTrained(returned) ? returned : undefined;
    printRecord(terminal, output, {
      pipeline: pipeline.name,
      model: trained?.model.id ?? null,
      version: trained?.model.version ?? null,
      modelFile: trained === undefined ? null : relative(root, trained.modelFile),
      metrics: trained?.model.metrics ?? null,
    });
    return exitCode.ok;
  },
});
