import { applyResolution, planResolution, type Resolved } from '../ops/effects/resolve-effect.ts';
import { findEffect } from '../ops/effects/find-effect.ts';
import { defineCommand, required } from './command.ts';
import { confirmByName, confirmOption } from './confirm.ts';
import { deploymentOptions, operatorOf, withDeployment } from './deployment.ts';
import { exitCode, type ExitCode } from './exit-code.ts';
import { fail } from './failure.ts';
import { invalidOption, parsed, text } from './option.ts';
import { nextCommand, type Whereabouts } from './next-command.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { printRecord, recordFormat } from './record-view.ts';
import { writeLine, type Terminal } from './terminal.ts';

const consequences = {
  done: 'It will count as done for ever: it is never sent again.',
  failed: 'It will count as not sent: a redrive of its letter sends it again.',
} as const;

export const effectsResolve = defineCommand({
  metadata: {
    name: 'effects resolve',
    summary: 'say what became of an effect that is in doubt',
    description:
      'Look for its idempotency key at the downstream first. It cannot be taken back, so the name of the pipeline confirms it.',
    examples: [
      'freshet effects resolve freshet-3fa92c17d0 --as done --reason "found in the order book"',
      'freshet effects resolve freshet-3fa92c17d0 --as failed --reason "never arrived" --confirm=orders',
    ],
  },
  args: { effect: required('its idempotency key, or the beginning of it'), pipeline: pipelineArgument },
  options: {
    as: parsed('done|failed', 'what became of it', (value, name) => {
      if (value === 'done' || value === 'failed') return value;
      throw invalidOption(name, value, 'done or failed', 'say which');
    }),
    reason: text('text', 'how you know; kept with the effect and in the audit trail'),
    confirm: confirmOption,
    ...deploymentOptions,
    output: recordFormat,
  },
  handler: async ({ args, options }, { root, terminal }) => {
    const { as, reason } = options;
    if (as === undefined) throw invalidOption('--as', '', 'done or failed', 'say which');
    if (reason === undefined || reason === '')
      throw invalidOption('--reason', '', 'how you know what became of it', 'write a sentence');
    return withDeployment(
      { root, name: args.pipeline, ...options },
      async ({ deployment, contract, where }) => {
        const item = await findEffect(deployment, args.effect);
        const plan = planResolution(deployment, item, as === 'done' ? 'DONE' : 'FAILED');
        if ('kind' in plan)
          return fail(
            terminal,
            {
              what: `effect ${plan.effect.id} is ${plan.effect.state}, not IN_DOUBT: there is nothing to resolve`,
              next: nextCommand(`effects show ${plan.effect.id}`, where),
            },
            exitCode.preconditionChanged,
          );
        const { id, state } = plan.effect;
        if (plan.isResolved)
          writeLine(terminal.err, `effect ${id} is ${state} already: only its outcome is emitted again`);
        else {
          writeLine(terminal.err, `effect ${id}: ${state} → ${plan.to}`);
          const declined = await confirmByName(
            terminal,
            contract.pipeline,
            options.confirm,
            consequences[as],
          );
          if (declined !== undefined) return declined;
        }
        const resolved = await applyResolution(deployment, plan, operatorOf(reason));
        if (resolved.effect !== undefined) printRecord(terminal, options.output, { ...resolved.effect });
        return ended(terminal, resolved, id, where);
      },
    );
  },
});

const ended = (terminal: Terminal, resolved: Resolved, id: string, where: Whereabouts): ExitCode => {
  switch (resolved.kind) {
    case 'resolved':
      return exitCode.ok;
    case 'changed':
      return fail(
        terminal,
        {
          what: `effect ${id} has changed since it was looked at, and was left as it is`,
          next: nextCommand(`effects show ${id}`, where),
        },
        exitCode.preconditionChanged,
      );
    case 'not-emitted':
      return fail(
        terminal,
        {
          what: `effect ${id} is resolved, but its outcome could not be written to the log`,
          next: 'the same command again, which writes it',
        },
        exitCode.partial,
      );
  }
};
