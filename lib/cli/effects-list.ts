import type { LedgerState } from '../core/ledger/item.ts';
import { listEffects, type EffectView } from '../ops/effects/effect.ts';
import { defineCommand } from './command.ts';
import { deploymentOptions, withDeployment } from './deployment.ts';
import { exitCode } from './exit-code.ts';
import { listingOption, noteCut, printListing, type Column } from './listing.ts';
import { choice, number } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';

/** What `--which` can be asked for: first what waits for somebody. */
const statesOf = {
  open: ['FAILED', 'IN_DOUBT'],
  failed: ['FAILED'],
  'in-doubt': ['IN_DOUBT'],
  running: ['CLAIMED', 'RELEASED'],
  done: ['DONE'],
  suppressed: ['SUPPRESSED'],
  all: ['FAILED', 'IN_DOUBT', 'CLAIMED', 'RELEASED', 'DONE', 'SUPPRESSED'],
} as const satisfies Readonly<Record<string, readonly LedgerState[]>>;

const defaultLimit = 100;

type EffectRow = EffectView & Readonly<Record<string, unknown>>;

const columns: readonly Column<EffectRow>[] = [
  { title: 'EFFECT', cell: ({ id }) => id },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'REASON', cell: ({ reason }) => reason },
  { title: 'FAILED ATTEMPTS', cell: ({ attempts }) => attempts },
  { title: 'REDRIVEN', cell: ({ redrive }) => redrive },
  { title: 'FIRST ATTEMPT', cell: ({ firstAttempt }) => firstAttempt },
  { title: 'LETTER OF', cell: ({ letterOf }) => letterOf },
];

const noneText = (which: keyof typeof statesOf): string => {
  if (which === 'all') return 'no effects yet';
  return which === 'open'
    ? 'no effect failed or is in doubt; --which done lists those that were done'
    : `no effect is ${which}; --which all lists every one`;
};

export const effectsList = defineCommand({
  metadata: {
    name: 'effects list',
    summary: 'list the effects that failed or are in doubt',
    description:
      'An effect goes by its idempotency key: what the downstream was given with the request. One in doubt may have happened or not; effects resolve says which.',
    examples: ['freshet effects list', 'freshet effects list --which in-doubt --output json'],
  },
  args: { pipeline: pipelineArgument },
  options: {
    which: choice(
      ['open', 'failed', 'in-doubt', 'running', 'done', 'suppressed', 'all'],
      'by state; open: failed and in doubt',
    ),
    limit: number('n', `at most so many, the oldest first (default: ${defaultLimit})`, {
      least: 1,
      most: 100_000,
      isWhole: true,
    }),
    ...deploymentOptions,
    output: listingOption,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async ({ deployment }) => {
      const limit = options.limit ?? defaultLimit;
      // One more than is shown: whether there is one.
      const effects = await listEffects(deployment, { states: statesOf[options.which], limit: limit + 1 });
      printListing(
        terminal,
        options.output,
        columns,
        effects.slice(0, limit).map((effect) => ({ ...effect })),
        noneText(options.which),
      );
      if (effects.length > limit) noteCut(terminal, 'oldest', limit);
      return exitCode.ok;
    }),
});
