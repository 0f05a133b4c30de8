import { LocalRun } from '../../local/local-run.ts';
import { choosePipeline, stateFolderOf } from '../../local/pipeline-choice.ts';
import { prepareRun } from '../../local/prepare-run.ts';
import type { RunReport } from '../../local/report/report.ts';
import { defineCommand } from '../command.ts';
import { exitCode, type ExitCode } from '../exit-code.ts';
import { fail } from '../failure.ts';
import { nextCommand, type Whereabouts } from '../next-command.ts';
import { pipelineArgument } from '../pipeline-options.ts';
import { paint, writeLine, type Terminal } from '../terminal.ts';
import { devOptions, rangeOf, speedOf } from './dev-options.ts';
import { DevScreen } from './dev-screen.ts';
import { effectText } from './effect-text.ts';
import { Interrupts } from './interrupts.ts';
import { oversee } from './oversee.ts';
import { reportText } from './report-text.ts';
import { startText } from './start-text.ts';

/** What a report says beside when it was made. */
const contentOf = (report: RunReport): string => JSON.stringify({ ...report, durationMs: 0 });

const finish = (terminal: Terminal, report: RunReport, isOnce: boolean, where: Whereabouts): ExitCode => {
  if (!isOnce || report.balanced) return exitCode.ok;
  return fail(
    terminal,
    {
      what: 'the books do not balance',
      why: 'Some records were not given to their stage, or have no verdict: see the report.',
      next: nextCommand('dlq list', where),
    },
    exitCode.error,
  );
};

export const dev = defineCommand({
  metadata: {
    name: 'dev',
    summary: 'run a pipeline on this machine, fed by its recording',
    description: [
      'Plays the recording into an embedded log and runs every stage from its bundle, as Lambda would run it.',
      'Called again on the same state folder it goes on where it ended. Ctrl-C finishes what is in flight',
      'and reports; a second Ctrl-C stops at once.',
    ].join('\n'),
    examples: [
      'freshet dev',
      'freshet dev --fast --once --output json',
      'freshet dev --from 2013-01-05 --to 2013-01-06 --state .freshet/one-day',
    ],
  },
  args: { pipeline: pipelineArgument },
  options: devOptions,
  handler: async ({ args, options }, { root, terminal, onInterrupt }) => {
    const speed = speedOf(options.speed, options.fast);
    const range = rangeOf(options.from, options.to);
    const { pipeline, contract } = await choosePipeline({
      root,
      functionsFolder: options.functions,
      name: args.pipeline,
    });
    const where = { name: args.pipeline, functions: options.functions, state: options.state };
    const isJson = options.output === 'json';
    // Standard output is for the report alone where that is JSON.
    const screen = new DevScreen(isJson ? terminal.err : terminal.out, pipeline.name, Date.now());
    const interrupts = new Interrupts(onInterrupt);
    try {
      const folder = stateFolderOf(root, pipeline.name, options.state);
      const prepared = await prepareRun({
        root,
        pipeline,
        folder,
        reset: options.reset,
        input: options.input,
        range,
      });
      const { redeliver = 0, split = 0, seed = 1 } = options;
      const run = await LocalRun.start(prepared, {
        speed,
        port: options.port ?? 0,
        chaos: redeliver > 0 || split > 0 ? { seed, redeliver, split } : undefined,
        variables: process.env,
        onFirstEffect: (effect) =>
          screen.print(
            effectText(
              effect,
              contract.freshness.targetMs,
              nextCommand('effects list', where, ['--which done']),
              screen.screen,
            ),
          ),
        onTrouble: (stage, message) =>
          screen.print(`${paint(screen.screen, 'yellow', `${stage}:`)} ${message}`),
      });
      screen.print(startText(run, { pipeline: pipeline.name, speed, root, folder }));
      void interrupts.first.then(() =>
        screen.print('finishing what is in flight; Ctrl-C again stops at once'),
      );
      let shown: RunReport | undefined;
      const report = await oversee(run, {
        isOnce: options.once,
        interrupts,
        screen,
        onPlayed: (played) => {
          if (isJson) return;
          shown = played;
          screen.print(reportText(played, screen.screen));
          screen.print('\nThe recording is over. The pipeline stays up until Ctrl-C.');
        },
      }).catch(async (thrown: unknown) => {
        // What still runs would keep the process alive.
        await run.close();
        throw thrown;
      });
      if (report === undefined) return exitCode.interrupted;
      const isPaused = run.isPaused;
      await run.close();
      if (isJson) writeLine(terminal.out, JSON.stringify(report, null, 2));
      else if (shown === undefined || contentOf(shown) !== contentOf(report))
        writeLine(terminal.out, reportText(report, terminal.out));
      if (isPaused)
        writeLine(
          terminal.err,
          `action is paused: what waits is done after \`${nextCommand('resume action', where)}\` and another \`npx freshet dev\``,
        );
      return finish(terminal, report, options.once && !interrupts.isInterrupted, where);
    } finally {
      interrupts.release();
    }
  },
});
