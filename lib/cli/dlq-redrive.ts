import { localEnvironment } from '../local/pipeline-choice.ts';
import { openRedriveHost } from '../local/redrive-host.ts';
import { findLetter } from '../ops/letters/find-letter.ts';
import { letterName } from '../ops/letters/letter.ts';
import { listLetters } from '../ops/letters/list-letters.ts';
import { applyRedrive, planRedrive, type Redriven, type RedrivePlan } from '../ops/letters/redrive.ts';
import { defineCommand, required } from './command.ts';
import { confirmByName, confirmOption } from './confirm.ts';
import {
  deploymentOptions,
  operatorOf,
  reasonOption,
  withDeployment,
  type OpenDeployment,
} from './deployment.ts';
import { exitCode, type ExitCode } from './exit-code.ts';
import { fail } from './failure.ts';
import { letterFilterOptions, letterRow } from './letter-options.ts';
import { listingOption, printListing, type Column } from './listing.ts';
import { flag } from './option.ts';
import { pipelineArgument } from './pipeline-options.ts';
import { standingText } from './standing-text.ts';
import { writeLine, type Terminal } from './terminal.ts';

/** One letter of the plan, and what came of it. */
type RedriveRow = Readonly<Record<string, unknown>> & {
  readonly letter: string;
  readonly reason: string;
  readonly redriveWould: string;
  /** `null` until it is executed. */
  readonly outcome: Redriven['outcome'] | 'not-redrivable' | null;
  readonly verdict: string | null;
  readonly tries: number | null;
};

const planColumns: readonly Column<RedriveRow>[] = [
  { title: 'LETTER', cell: ({ letter }) => letter },
  { title: 'REASON', cell: ({ reason }) => reason },
  { title: 'A REDRIVE WOULD', cell: ({ redriveWould }) => redriveWould },
];

const resultColumns: readonly Column<RedriveRow>[] = [
  { title: 'LETTER', cell: ({ letter }) => letter },
  { title: 'OUTCOME', cell: ({ outcome }) => outcome },
  { title: 'VERDICT', cell: ({ verdict }) => verdict },
  { title: 'TRIES', cell: ({ tries }) => tries },
];

const rowsOf = (plan: RedrivePlan, results: readonly Redriven[] | undefined): readonly RedriveRow[] => {
  const byLetter = new Map(results?.map((result) => [result.letter, result]));
  return plan.redrives.map((planned): RedriveRow => {
    const result = byLetter.get(planned.letter);
    const { letter, ...more } = letterRow(planned.letter);
    return {
      letter,
      ...more,
      redriveWould: standingText(planned),
      outcome: result?.outcome ?? (planned.kind === 'not-redrivable' ? 'not-redrivable' : null),
      verdict: result?.verdict ?? result?.detail ?? (planned.kind === 'not-redrivable' ? planned.why : null),
      tries: result?.tries ?? null,
    };
  });
};

export const dlqRedrive = defineCommand({
  metadata: {
    name: 'dlq redrive',
    summary: 'process dead letters again, in the stage that failed on them',
    description:
      'Shows what would be done; --execute does it. A letter is tried until it is settled; what was done is not done again, and no letter is deleted. With --past-deadline the name of the pipeline confirms it.',
    examples: [
      'freshet dlq redrive features/3/1021',
      'freshet dlq redrive all --stage action --reason refused --execute --why "the downstream is mended"',
    ],
  },
  args: { letter: required('its name as listed, its id, or all'), pipeline: pipelineArgument },
  options: {
    ...letterFilterOptions,
    pastDeadline: flag('act although the deadline has passed; without, such letters stay failed'),
    execute: flag('do it; without, only the plan is shown'),
    confirm: confirmOption,
    why: reasonOption,
    ...deploymentOptions,
    output: listingOption,
  },
  handler: async ({ args, options }, { root, terminal }) =>
    withDeployment({ root, name: args.pipeline, ...options }, async (open) => {
      const { stage, reason, since, until, pastDeadline } = options;
      const all = await listLetters(open.deployment, { stage, reason, since, until });
      const letters = args.letter === 'all' ? all : [findLetter(all, args.letter)];
      const plan = await planRedrive(open.deployment, letters, { pastDeadline });
      const redrivable = plan.redrives.filter(({ kind }) => kind === 'redrive').length;
      if (!options.execute || redrivable === 0) {
        printListing(terminal, options.output, planColumns, rowsOf(plan, undefined), 'no dead letters');
        return planned(terminal, redrivable, plan.redrives.length, options.execute);
      }
      if (pastDeadline) {
        const what = `${redrivable} letter(s) will be acted on although their deadline may have passed.`;
        const declined = await confirmByName(terminal, open.contract.pipeline, options.confirm, what);
        if (declined !== undefined) return declined;
      }
      const results = await execute(root, terminal, open, plan, options.why);
      printListing(terminal, options.output, resultColumns, rowsOf(plan, results), '');
      return codeOf(terminal, plan, results);
    }),
});

const planned = (terminal: Terminal, redrivable: number, letters: number, isExecuted: boolean): ExitCode => {
  if (isExecuted && letters > 0)
    return fail(
      terminal,
      { what: 'none of these letters can be redriven', next: 'freshet dlq show <letter>' },
      exitCode.error,
    );
  if (redrivable > 0)
    writeLine(
      terminal.err,
      `${redrivable} of ${letters} letter(s) would be redriven.\nnext:  the same command with --execute`,
    );
  return exitCode.ok;
};

const execute = async (
  root: string,
  terminal: Terminal,
  { pipeline, deployment, folder }: OpenDeployment,
  plan: RedrivePlan,
  why: string,
): Promise<readonly Redriven[]> => {
  const host = await openRedriveHost({
    root,
    pipeline,
    environment: localEnvironment,
    folder,
    variables: process.env,
  });
  try {
    return await applyRedrive(deployment, plan, host, operatorOf(why), ({ letter, outcome }) =>
      writeLine(terminal.err, `${letterName(letter)}: ${outcome}`),
    );
  } finally {
    await host.close();
  }
};

const codeOf = (terminal: Terminal, plan: RedrivePlan, results: readonly Redriven[]): ExitCode => {
  const settled = results.filter(({ outcome }) => outcome === 'settled').length;
  if (settled === plan.redrives.length) return exitCode.ok;
  return fail(
    terminal,
    { what: `${settled} of ${plan.redrives.length} letter(s) are settled`, next: 'freshet dlq list' },
    settled === 0 ? exitCode.error : exitCode.partial,
  );
};
