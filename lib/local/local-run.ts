import { rm } from 'node:fs/promises';
import { messageOf } from '../core/errors.ts';
import type { EpochMs } from '../core/units.ts';
import type { LocalRunOptions } from './local-run-options.ts';
import { receiverAddressFile } from './outside.ts';
import type { RunPhase } from './page/protocol/page-state.ts';
import { closePrepared, type PreparedRun } from './prepare-run.ts';
import {
  deadLetterCount,
  effectsOf,
  imbalancesOf,
  stageReport,
  type RunReport,
  type StageReport,
} from './report/report.ts';
import { startParts, type RunParts } from './run-parts.ts';
import type { StageProgress } from './stages/stage-chain.ts';

export interface Progress {
  /** The simulated clock. */
  readonly simulated: EpochMs;
  readonly played: number;
  readonly toPlay: number;
  readonly stages: readonly (StageProgress & {
    /** Records that ended as letters, in the whole state as in the report, each once. */
    readonly deadLetters: number;
  })[];
  /** Effects that the receiver had. */
  readonly effects: number;
  /** Whether the kill switch is on. */
  readonly isPaused: boolean;
}

/** A pipeline that runs on this machine, from its recording to its receiver. */
export class LocalRun {
  readonly #parts: RunParts;
  readonly #options: Pick<LocalRunOptions, 'onFirstEffect' | 'onLetter' | 'inspection'>;
  #hasShownEffect = false;
  #phase: RunPhase = 'starting';
  #problem: string | undefined;

  private constructor(
    parts: RunParts,
    options: Pick<LocalRunOptions, 'onFirstEffect' | 'onLetter' | 'inspection'>,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.broken.catch((thrown: unknown) => {
      this.#phase = 'broken';
      this.#problem = messageOf(thrown);
    });
  }

  /**
   * Starts receiver and stages, and goes on where the state folder's last run ended. Nothing is played yet.
   *
   * @throws {ConfigError} `PORT_IN_USE`, `ENVIRONMENT_INVALID`
   */
  static async start(prepared: PreparedRun, options: LocalRunOptions): Promise<LocalRun> {
    const { onFirstEffect, onLetter, inspection } = options;
    return new LocalRun(await startParts(prepared, options), { onFirstEffect, onLetter, inspection });
  }

  get parts(): RunParts {
    return this.#parts;
  }

  get phase(): RunPhase {
    return this.#phase;
  }

  /** Why it is broken, or what was saved and cannot run while the former code goes on; `null`: nothing is wrong. */
  get problem(): string | null {
    return this.#problem ?? this.#parts.watch?.problem ?? null;
  }

  get receiverUrl(): string {
    return this.#parts.receiver.url;
  }

  /** Items of the recording, and how many of them are published. */
  get toPlay(): number {
    return this.#parts.toPlay;
  }

  get played(): number {
    return this.#parts.input.total;
  }

  get isPaused(): boolean {
    return this.#parts.killSwitch.isOn;
  }

  /** Rejects where a function cannot run at all, or a mapping has ended by a fault; never resolves. */
  get broken(): Promise<never> {
    return Promise.race([this.#parts.trouble.broken, this.#parts.chain.broken]);
  }

  /**
   * Plays the recording, from when the debugger is there that a stage waits for. Resolves when all is published, or when
   * {@link stopPlaying} was called.
   */
  async play(): Promise<void> {
    await this.#options.inspection?.ready;
    this.#goOn('playing');
    await this.#parts.player.play();
    this.#goOn('draining');
  }

  stopPlaying(): void {
    this.#options.inspection?.awaitNobody();
    this.#parts.player.stop();
  }

  /** Resolves when everything that was published has been processed; with `withoutAction`, all before action. */
  async drain({ withAction }: { readonly withAction: boolean }): Promise<void> {
    await this.#parts.chain.drained({ withAction });
    if (withAction && this.#parts.player.isOver) this.#goOn('played');
  }

  /** Looks at everything, and shows the first effect once it can. */
  async progress(): Promise<Progress> {
    const { chain, player, input, receiver, killSwitch, toPlay, prepared } = this.#parts;
    await this.follow();
    const books = await prepared.platform.verdicts.countByStage();
    const stages = await chain.progress();
    return {
      simulated: player.simulated,
      played: input.total,
      toPlay,
      stages: stages.map((stage) => ({
        ...stage,
        deadLetters: deadLetterCount(books.get(stage.name)?.verdicts ?? {}),
      })),
      effects: receiver.effects,
      isPaused: killSwitch.isOn,
    };
  }

  async report(): Promise<RunReport> {
    const { prepared, startedAt, chain, player, input, receiver, follower } = this.#parts;
    const { platform, built } = prepared;
    await this.follow();
    const books = await platform.verdicts.countByStage();
    const emitted: Readonly<Record<string, number>> = {
      features: (await chain.stages[chain.stages.length - 2]?.positions.records()) ?? 0,
      inference: (await chain.action.positions.records()) + follower.outcomesOf('inference'),
      action: follower.outcomesOf('action'),
    };
    const stages: Record<string, StageReport> = {};
    for (const { name, positions, metrics } of chain.stages)
      stages[name] = stageReport(books.get(name), {
        received: await positions.records(),
        emitted: emitted[name] ?? 0,
        freshnessMs: metrics.freshness,
        segmentsMs: metrics.segments,
      });
    const balanced = imbalancesOf(stages).length === 0;
    return {
      pipeline: built.contract.pipeline,
      isComplete: player.isOver && balanced,
      durationMs: platform.clock.now() - startedAt,
      input: input.counts,
      stages,
      effects: effectsOf(await platform.effects.countByState()),
      receiver: receiver.tally,
      quality: follower.quality,
      target: chain.target,
      segmentsMs: follower.segmentsMs,
      balanced,
    };
  }

  /** Finishes what is in flight and lets go of everything. What is not processed is processed by the next run. */
  async close(): Promise<void> {
    const { chain, player, killSwitch, receiver, model, prepared, watch } = this.#parts;
    this.#goOn('stopping');
    player.stop();
    try {
      await watch?.close();
      await killSwitch.stop();
      await chain.stop();
    } finally {
      await Promise.all([receiver.close(), model.close()]);
      await rm(receiverAddressFile(prepared.state.folder), { force: true });
      closePrepared(prepared);
    }
  }

  #goOn(phase: RunPhase): void {
    if (this.#phase !== 'broken') this.#phase = phase;
  }

  /** Reads decisions and outcomes on, and shows the first effect once it can. */
  async follow(): Promise<void> {
    const { follower, letters, prepared, effects } = this.#parts;
    const ended = await follower.follow();
    for (const letter of await letters.follow()) this.#options.onLetter(letter);
    if (this.#hasShownEffect) return;
    for (const chain of ended) {
      const entry = effects.find(({ trace }) => trace !== null && trace === chain.trace);
      if (chain.status !== 'done' || entry === undefined) continue;
      this.#hasShownEffect = true;
      this.#options.onFirstEffect({
        summary: prepared.recording.summary(entry.body),
        score: follower.scoreOf(chain.id),
        chain,
      });
      return;
    }
  }
}
