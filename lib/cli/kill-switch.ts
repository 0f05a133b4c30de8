import { applySwitch, pausable, planSwitch } from '../ops/kill-switch.ts';
import { defineCommand, oneOf, type Command } from './command.ts';
import { deploymentOptions, operatorOf, reasonOption, withDeployment } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { listingOption, printListing } from './listing.ts';
import { pipelineArgument } from './pipeline-options.ts';

/** Acts at once: a kill switch that only shows a plan would be none. Nothing is lost by either. */
const switchCommand = (
  verb: 'pause' | 'resume',
  text: { readonly summary: string; readonly description: string },
): Command =>
  defineCommand({
    metadata: { name: verb, ...text, examples: [`freshet ${verb} action`] },
    args: { stage: oneOf(pausable, 'the stage, one with effects'), pipeline: pipelineArgument },
    options: { ...deploymentOptions, reason: reasonOption, output: listingOption },
    handler: async ({ args, options }, { root, terminal }) => {
      const plan = planSwitch(args.stage, verb === 'pause');
      return withDeployment({ root, name: args.pipeline, ...options }, async ({ deployment, contract }) => {
        await applySwitch(deployment, plan, operatorOf(options.reason));
        printListing(
          terminal,
          options.output,
          [
            { title: 'PIPELINE', cell: ({ pipeline }) => pipeline },
            { title: 'STAGE', cell: ({ stage }) => stage },
            { title: 'PAUSED', cell: ({ paused }) => paused },
          ],
          [{ pipeline: contract.pipeline, stage: plan.stage, paused: plan.paused }],
          '',
        );
        return exitCode.ok;
      });
    },
  });

export const pause = switchCommand('pause', {
  summary: 'stop the effects of a stage',
  description:
    'At once, for every worker: what is under way ends, nothing more is sent. Records wait, and none is lost; they are retried for as long as their mapping retries.',
});

export const resume = switchCommand('resume', {
  summary: 'let a paused stage act again',
  description: 'At once, for every worker. What waited is acted on, unless its deadline has passed.',
});
