import { bytesOf } from '../core/record.ts';
import { effectView } from '../ops/effects/effect.ts';
import { findEffect } from '../ops/effects/find-effect.ts';
import { defineCommand, required } from './command.ts';
import { deploymentOptions, withDeployment } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { flag } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { printRecord, recordFormat } from './record-view.ts';

export const effectsShow = defineCommand({
  metadata: {
    name: 'effects show',
    summary: 'show one effect, what is known of its sends and where its letter is',
    examples: ['freshet effects show freshet-3fa92c17d0', 'freshet effects show freshet-3fa92c17d0 --reveal'],
  },
  args: { effect: required('its idempotency key, or the beginning of it'), pipeline: pipelineArgument },
  options: {
    reveal: flag('show the request; without, only its size'),
    ...deploymentOptions,
    output: recordFormat,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async ({ deployment, contract }) => {
      const item = await findEffect(deployment, args.effect);
      const request =
        item.work.kind !== 'run'
          ? `none: ${item.work.kind === 'suppress' ? `suppressed (${item.work.reason})` : item.work.message}`
          : options.reveal
            ? (JSON.parse(item.work.request) as unknown)
            : `${bytesOf(item.work.request).length} bytes; --reveal shows it`;
      printRecord(terminal, options.output, { ...effectView(contract.pipeline, item), request });
      return exitCode.ok;
    }),
});
