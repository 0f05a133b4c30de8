import type { Inspection } from '../../local/inspect/inspection.ts';
import { choosePipeline, pipelineNames, stateFolderOf } from '../../local/pipeline-choice.ts';
import { defineCommand } from '../command.ts';
import { exitCode, type ExitCode } from '../exit-code.ts';
import { fail } from '../failure.ts';
import { nextCommand } from '../next-command.ts';
import { pipelineArgument } from '../pipeline-options.ts';
import { dynamoOf, kafkaOf, platformFlags } from '../platform-options.ts';
import { writeLine, type Terminal } from '../terminal.ts';
import { AllScreen } from './all-screen.ts';
import { inspectionOf } from './debugging.ts';
import { devOptions, rangeOf, refuseOfOne, speedOf } from './dev-options.ts';
import { DevScreen } from './dev-screen.ts';
import { Interrupts } from './interrupts.ts';
import type { DevPage } from './page.ts';
import { wantsPage, type PageChoice } from './page-choice.ts';
import { printReports, withProgressLines } from './progress-lines.ts';
import { reportText } from './report-text.ts';
import { runAll } from './run-all.ts';
import { runPipeline, type PipelineRun, type RunSettings } from './run-pipeline.ts';

/** Nothing is waited for: whoever calls the command ends the process, and with it what still runs. */
const stopAtOnce = ({ err }: Terminal, screen: { clear(): void }): ExitCode => {
  screen.clear();
  writeLine(err, 'stopped at once; called again, it goes on where it was stopped');
  return exitCode.interrupted;
};

/** Runs one pipeline and says what came of it. */
const runAlone = async (run: PipelineRun, terminal: Terminal): Promise<ExitCode> => {
  const { screen, where, settings, interrupts } = run;
  const ended = await runPipeline(run);
  if (ended === undefined) return stopAtOnce(terminal, screen);
  const { report, isPaused, wasShown } = ended;
  if (settings.output !== 'table') printReports(terminal.out, settings.output, report);
  else if (!wasShown) writeLine(terminal.out, reportText(report, where, terminal.out));
  if (isPaused)
    writeLine(
      terminal.err,
      `action is paused: what waits is done after \`${nextCommand('resume action', where)}\` and another \`${nextCommand('dev', where)}\``,
    );
  if (!settings.isOnce || interrupts.isInterrupted || report.balanced) return exitCode.ok;
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

/** Loaded where it is wanted: a run without it starts sooner, and so does every other command. */
const pageFor = async (choice: PageChoice, interrupts: Interrupts): Promise<DevPage | undefined> => {
  if (!wantsPage(choice, process.env)) return undefined;
  const page = await import('./page.ts');
  return new page.DevPage(choice, interrupts);
};

export const dev = defineCommand({
  metadata: {
    name: 'dev',
    summary: 'run a pipeline on this machine, fed by its recording',
    description: [
      'Plays the recording into an embedded log and runs every stage from its bundle, as Lambda would run it.',
      'Called again on the same state folder it goes on where it ended. Ctrl-C finishes what is in flight',
      'and reports; a second Ctrl-C stops at once. With --all every pipeline runs, each on its own state.',
    ].join('\n'),
    examples: [
      'freshet dev',
      'freshet dev --fast --once --output json',
      'freshet dev --input recordings/march --reset',
      'freshet dev --all',
      'freshet dev --watch --inspect features',
      'freshet dev --from 2013-01-05 --to 2013-01-06 --state .freshet/one-day',
    ],
  },
  args: { pipeline: pipelineArgument },
  options: devOptions,
  handler: async ({ args, options }, { root, terminal, onInterrupt }) => {
    refuseOfOne(options, args.pipeline);
    const { redeliver = 0, split = 0, seed = 1 } = options;
    const interrupts = new Interrupts(onInterrupt);
    const settings: RunSettings = {
      root,
      reset: options.reset,
      input: options.input,
      range: rangeOf(options.from, options.to),
      kafka: kafkaOf(options),
      dynamodb: dynamoOf(options),
      speed: speedOf(options),
      port: options.port ?? 0,
      isOnce: options.once,
      isWatching: options.watch,
      output: options.output,
      chaos: redeliver > 0 || split > 0 ? { seed, redeliver, split } : undefined,
      page: await pageFor(options, interrupts),
    };
    const { functions } = options;
    const where = {
      name: args.pipeline,
      functions,
      state: options.state,
      platform: platformFlags(options),
    };
    // Standard output is for data alone where that is JSON.
    const shown = settings.output === 'table' ? terminal.out : terminal.err;
    // Whatever it is at: making bundles, playing, draining or letting go.
    const unlessStopped = (run: Promise<ExitCode>, screen: { clear(): void }): Promise<ExitCode> =>
      Promise.race([run, interrupts.second.then(() => stopAtOnce(terminal, screen))]);
    let inspection: Inspection | undefined;
    try {
      if (options.all) {
        const names = pipelineNames({ root, functionsFolder: functions });
        const screen = new AllScreen(shown, names);
        return await unlessStopped(
          runAll({ names, functionsFolder: functions, where, settings, screen, interrupts, terminal }),
          screen,
        );
      }
      const chosen = await choosePipeline({ root, functionsFolder: functions, name: args.pipeline });
      const { name: pipeline } = chosen.pipeline;
      const resume = nextCommand('resume action', where);
      const screen = new DevScreen(shown, { pipeline, resume }, Date.now());
      const folder = stateFolderOf(root, pipeline, options.state);
      const seen = options.output === 'ndjson' ? withProgressLines(screen, pipeline, terminal.out) : screen;
      inspection = await inspectionOf(options.inspect, chosen.contract, screen);
      const run = { ...chosen, folder, where, settings, screen: seen, interrupts, inspection };
      return await unlessStopped(runAlone(run, terminal), screen);
    } finally {
      interrupts.release();
      // A thread that has a debugger would keep the process from ending.
      await inspection?.close();
    }
  },
});
