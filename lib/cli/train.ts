import { choosePipeline } from '../local/pipeline-choice.ts';
import { loadTraining } from '../local/train.ts';
import { defineCommand } from './command.ts';
import { exitCode } from './exit-code.ts';
import { functionsOption, pipelineArgument } from './pipeline-options.ts';
import { writeLine } from './terminal.ts';

export const train = defineCommand({
  metadata: {
    name: 'train',
    summary: 'train the model of a pipeline from its recording',
    description: 'Runs train.ts of the pipeline, which writes model.json and says how good it is.',
    examples: ['freshet train', 'freshet train departure-delay'],
  },
  args: { pipeline: pipelineArgument },
  options: { functions: functionsOption },
  handler: async ({ args, options }, { root, terminal }) => {
    const { pipeline } = await choosePipeline({
      root,
      functionsFolder: options.functions,
      name: args.pipeline,
    });
    const run = await loadTraining(pipeline);
    await run({ root, print: (line) => writeLine(terminal.out, line) });
    return exitCode.ok;
  },
});
