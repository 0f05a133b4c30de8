import type { Chaos } from '../../local/event-source/chaos.ts';
import type { Inspection } from '../../local/inspect/inspection.ts';
import { LocalRun } from '../../local/local-run.ts';
import type { ChosenPipeline } from '../../local/pipeline-choice.ts';
import { unhurriedSpeed, type Speed } from '../../local/player/pace.ts';
import { prepareRun, type PrepareOptions } from '../../local/prepare-run.ts';
import type { RunReport } from '../../local/report/report.ts';
import { LetterNews, noticeOfTrouble, noticeText, type Notice } from '../errors/notice.ts';
import type { ListingFormat } from '../listing.ts';
import { nextCommand, type Whereabouts } from '../next-command.ts';
import { stateFolderText } from '../pipeline-options.ts';
import { finishingText, watchOf } from './debugging.ts';
import type { PipelineScreen } from './dev-screen.ts';
import { effectText } from './effect-text.ts';
import type { Interrupts } from './interrupts.ts';
import { oversee } from './oversee.ts';
import type { DevPage } from './page.ts';
import { reportText } from './report-text.ts';
import { driftedText, startText } from './start-text.ts';

/** What is the same for every pipeline of a command. */
export interface RunSettings extends Pick<
  PrepareOptions,
  'root' | 'reset' | 'input' | 'range' | 'kafka' | 'dynamodb'
> {
  /** `undefined`: what plays the pipeline's own recording in about three minutes. */
  readonly speed: Speed | undefined;
  /** Of the receiver; 0: one that is free. */
  readonly port: number;
  readonly isOnce: boolean;
  /** What is saved is taken over. */
  readonly isWatching: boolean;
  /** Where it is no table, standard output is for data alone. */
  readonly output: ListingFormat;
  readonly chaos: Chaos | undefined;
  /** What shows it; `undefined`: nobody looks. */
  readonly page: DevPage | undefined;
}

export interface PipelineRun extends ChosenPipeline {
  /** The state folder, absolute. */
  readonly folder: string;
  readonly where: Whereabouts;
  readonly settings: RunSettings;
  readonly screen: PipelineScreen;
  readonly interrupts: Interrupts;
  /** Lets a debugger into one of its stages. */
  readonly inspection?: Inspection | undefined;
}

/** What a run came to. */
export interface EndedRun {
  readonly report: RunReport;
  /** The kill switch of its action is on: decisions wait. */
  readonly isPaused: boolean;
  /** The report was on the screen already, and nothing has changed since. */
  readonly wasShown: boolean;
}

/** What a report says beside when it was made. */
const contentOf = (report: RunReport): string => JSON.stringify({ ...report, durationMs: 0 });

/**
 * Runs one pipeline from its preparation to its end, and lets go of everything.
 *
 * @returns `undefined` where it was interrupted while its bundles were made
 * @throws {ConfigError} for whatever is wrong with pipeline, recording, state folder or environment
 */
export const runPipeline = async ({
  pipeline,
  contract,
  folder,
  where,
  settings,
  screen,
  interrupts,
  inspection,
}: PipelineRun): Promise<EndedRun | undefined> => {
  const { isOnce, output, chaos, port, root } = settings;
  const prepared = await prepareRun({ ...settings, pipeline, folder, inspection }).catch(
    (thrown: unknown) => {
      // A terminal interrupts the bundler too, whose end is no fault then.
      if (interrupts.isInterrupted) return undefined;
      throw thrown;
    },
  );
  if (prepared === undefined) return undefined;
  for (const drifted of prepared.drifted) screen.print(driftedText(drifted, screen.screen));
  const { source, context } = prepared.playlists;
  const speed = settings.speed ?? unhurriedSpeed([...source, ...context].map(({ at }) => at));
  const told = { stages: pipeline.stages, state: stateFolderText(where.state, pipeline.name), where };
  const letterNews = new LetterNews(pipeline);
  const say = (notice: Notice): void => screen.print(noticeText(notice, root, screen.screen));
  const run = await LocalRun.start(prepared, {
    speed,
    port,
    chaos,
    variables: process.env,
    inspection,
    watch: watchOf(settings.isWatching, root, screen),
    onFirstEffect: (effect) =>
      screen.print(
        effectText(
          effect,
          contract.freshness.targetMs,
          nextCommand('effects list', where, ['--which done']),
          screen.screen,
        ),
      ),
    onTrouble: (stage, trouble) => say(noticeOfTrouble(stage, trouble, told)),
    onLetter: (letter) => {
      const notice = letterNews.noticeOf(letter, where);
      if (notice !== undefined) say(notice);
    },
  });
  const page = await settings.page
    ?.show(run, { folder, where, say: (text) => screen.print(text) })
    .catch(async (thrown: unknown) => {
      await run.close();
      throw thrown;
    });
  screen.print(startText(run, { pipeline: pipeline.name, speed, root, folder, page: page?.url }));
  void interrupts.first.then(() => screen.print(finishingText(inspection)));
  let shown: RunReport | undefined;
  const report = await oversee(run, {
    isOnce,
    interrupts,
    screen,
    onPlayed: (played) => {
      if (output !== 'table') return;
      shown = played;
      screen.print(reportText(played, where, screen.screen));
      screen.print('\nThe recording is over. The pipeline stays up until Ctrl-C.');
    },
  }).catch(async (thrown: unknown) => {
    // What still runs would keep the process alive; that it cannot end well is not the news.
    await Promise.allSettled([page?.remove()]);
    await Promise.allSettled([run.close()]);
    throw thrown;
  });
  const { isPaused } = run;
  await page?.remove();
  await run.close();
  return { report, isPaused, wasShown: shown !== undefined && contentOf(shown) === contentOf(report) };
};
