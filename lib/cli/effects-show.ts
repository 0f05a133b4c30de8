import type { FrozenWork } from '../core/ledger/item.ts';
import { bytesOf } from '../core/record.ts';
import { audit } from '../ops/deployment.ts';
import { effectView } from '../ops/effects/effect.ts';
import { findEffect } from '../ops/effects/find-effect.ts';
import { defineCommand, required } from './command.ts';
import { deploymentOptions, operatorOf, reasonOption, withDeployment } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { flag } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { printRecord, recordFormat } from './record-view.ts';

const hidden = (text: string): string => `${bytesOf(text).length} bytes; --reveal shows it`;

const requestText = (work: FrozenWork, reveal: boolean): unknown => {
  switch (work.kind) {
    case 'suppress':
      return `none: suppressed (${work.reason})`;
    case 'fail':
      return `none: ${work.message}`;
    case 'run':
      if (work.payload) return `${work.payload.bytes} bytes, in the payload store: ${work.payload.key}`;
      return reveal ? (JSON.parse(work.request) as unknown) : hidden(work.request);
  }
};

export const effectsShow = defineCommand({
  metadata: {
    name: 'effects show',
    summary: 'show one effect, what is known of its sends and where its letter is',
    examples: ['freshet effects show freshet-3fa92c17d0', 'freshet effects show freshet-3fa92c17d0 --reveal'],
  },
  args: { effect: required('its idempotency key, or the beginning of it'), pipeline: pipelineArgument },
  options: {
    reveal: flag('show the request and the key in the ledger, which is audited; without, only their size'),
    reason: reasonOption,
    ...deploymentOptions,
    output: recordFormat,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async ({ deployment, contract }) => {
      const item = await findEffect(deployment, args.effect);
      const effect = effectView(contract.pipeline, item);
      if (options.reveal)
        await audit(
          deployment,
          operatorOf(options.reason),
          `reveal the request and key of effect ${effect.id}`,
        );
      const request = requestText(item.work, options.reveal);
      const key = options.reveal ? item.key : hidden(item.key);
      printRecord(terminal, options.output, { ...effect, key, request });
      return exitCode.ok;
    }),
});
