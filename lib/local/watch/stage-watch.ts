import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { actionParams } from '../../build/action-params.ts';
import type { BuiltPipeline } from '../../build/build-pipeline.ts';
import { buildStage } from '../../build/build-stage.ts';
import type { BuiltStage } from '../../build/bundle-stage.ts';
import { freshContract } from '../../build/fresh-contract.ts';
import type { HandlerForm } from '../../build/handler-format.ts';
import { stageInputs } from '../../build/stage-inputs.ts';
import type { ResolvedContract, StageName } from '../../core/contract/resolved.ts';
import { messageOf } from '../../core/errors.ts';
import type { Replaced } from '../worker-function.ts';
import { contractChanges } from './contract-changes.ts';
import { changedFiles, marksOf, sourcesUnder, type FileMarks } from './file-marks.ts';

/** How often files are looked at: what is saved is noticed so soon, ms. A look takes less than one. */
const lookEveryMs = 50;
/** An editor that is still writing is waited for, ms. */
const settleMs = 30;

export interface StageWatchOptions {
  /** The project's root, absolute. */
  readonly root: string;
  readonly built: BuiltPipeline;
  readonly form: HandlerForm;
  /** Where bundles are put, absolute: emptied first. */
  readonly folder: string;
  /** Does what a save asks for, undisturbed by what else the run does. */
  readonly alone: <Value>(work: () => Promise<Value>) => Promise<Value>;
  /** Puts another bundle in the place of the one that a stage runs. */
  readonly replace: (stage: StageName, bundle: string) => Promise<Replaced>;
  /** From its next batch on a stage runs what was saved. @param tookMs - since the save was noticed */
  readonly onReplaced: (stage: StageName, tookMs: number) => void;
  /** What was saved cannot run, or can again (`null`). Until then what ran goes on. */
  readonly onProblem: (problem: string | null) => void;
  /** The recording was saved, which nothing takes over; once. */
  readonly onRecording: () => void;
}

interface Watched {
  readonly digest: string;
  readonly inputs: readonly string[];
  /** As they were before it was bundled; `undefined`: it has to be bundled again. */
  readonly marks: FileMarks | undefined;
}

const restart =
  'Fix: stop with Ctrl-C and start again; where partitions, keys or stored rows change, with --reset. Until then the former code goes on.';

/**
 * Bundles a stage anew whenever a file of its bundle is saved, and has it run from the next batch on. Nothing that is saved stops
 * the run: what does not compile, or does not start, is told, and the former code goes on.
 */
export class StageWatch {
  readonly #options: StageWatchOptions;
  readonly #watched = new Map<StageName, Watched>();
  /** Where the bundles are that run. */
  readonly #folders = new Map<StageName, string>();
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  /** That the stages run with. */
  #contract: ResolvedContract;
  /** As it was saved last. */
  #saved: ResolvedContract;
  /** Of the files that the contract is made of; `undefined`: it has to be loaded again. */
  #contractMarks: FileMarks | undefined;
  #marks: FileMarks;
  #generation = 0;
  #problem: string | null = null;
  /** What the run has read of how its recording becomes events; `undefined`: that it is another was told. */
  #recording: string | undefined;

  constructor(options: StageWatchOptions) {
    const { root, built, folder } = options;
    this.#options = options;
    this.#contract = built.contract;
    this.#saved = built.contract;
    rmSync(folder, { recursive: true, force: true });
    for (const stage of built.stages) {
      const inputs = stageInputs(root, stage);
      this.#watched.set(stage.name, { digest: stage.digest, inputs, marks: marksOf(inputs) });
    }
    this.#marks = this.#look();
    this.#recording = this.#recordingText();
    this.#watching = this.#watch();
  }

  /** What was saved and cannot run; `null`: what was saved last runs. */
  get problem(): string | null {
    return this.#problem;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  #look(): FileMarks {
    const inputs = [...this.#watched.values()].flatMap((watched) => watched.inputs);
    return marksOf(new Set([...inputs, ...sourcesUnder(this.#options.built.pipeline.folder)]));
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    const rest = (ms: number): Promise<unknown> => pause(ms, undefined, { signal }).catch(() => {});
    // What it is made of is known then, and the first save does not wait for it.
    await this.#freshContract();
    while (!signal.aborted) {
      await rest(lookEveryMs);
      let now = this.#look();
      if (changedFiles(this.#marks, now).length === 0) continue;
      for (let last = this.#marks; changedFiles(last, now).length > 0 && !signal.aborted;) {
        last = now;
        await rest(settleMs);
        now = this.#look();
      }
      if (signal.aborted) return;
      this.#marks = now;
      this.#checkRecording();
      this.#say(await this.#options.alone(() => this.#takeOver()));
      // What a bundle is made of now is looked at from now on.
      this.#marks = new Map(
        [...this.#look()].map(([file, mark]) => [file, now.has(file) ? now.get(file) : mark]),
      );
    }
  }

  #recordingText(): string | undefined {
    const { recording } = this.#options.built.pipeline;
    try {
      return recording === undefined ? undefined : readFileSync(recording, 'utf8');
    } catch {
      // It is being replaced.
      return undefined;
    }
  }

  #checkRecording(): void {
    const now = this.#recordingText();
    if (this.#recording === undefined || now === undefined || now === this.#recording) return;
    this.#recording = undefined;
    this.#options.onRecording();
  }

  #say(problem: string | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onProblem(problem);
  }

  /** @returns what cannot be taken over */
  async #takeOver(): Promise<string | null> {
    const { built } = this.#options;
    const since = performance.now();
    const contract = await this.#freshContract();
    if (typeof contract === 'string') return contract;
    const changes = contractChanges(built.contract, contract);
    if (changes.byRestart.length > 0)
      return `the contract: got other values for ${changes.byRestart.join(', ')}, which a run cannot change; expected what it began with. ${restart}`;
    const isOther = JSON.stringify(contract) !== JSON.stringify(this.#contract);
    this.#contract = contract;
    const problems: string[] = [];
    for (const [name, watched] of this.#watched) {
      const marks = marksOf(watched.inputs);
      if (!isOther && watched.marks !== undefined && changedFiles(watched.marks, marks).length === 0)
        continue;
      const problem = await this.#renew(name, watched, marks, since);
      if (problem !== undefined) problems.push(problem);
    }
    return problems.length === 0 ? null : problems.join('\n');
  }

  /** @returns what is wrong with it, where it cannot be loaded */
  async #freshContract(): Promise<ResolvedContract | string> {
    const { root, built, folder } = this.#options;
    const known = this.#contractMarks;
    if (known !== undefined && changedFiles(known, marksOf(known.keys())).length === 0) return this.#saved;
    this.#contractMarks = undefined;
    try {
      const { contract, inputs } = await freshContract(root, built.pipeline, folder);
      this.#contractMarks = new Map(inputs.map((file) => [file, this.#marks.get(file)]));
      this.#saved = contract;
      return contract;
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  async #renew(
    name: StageName,
    watched: Watched,
    marks: FileMarks,
    since: number,
  ): Promise<string | undefined> {
    const { root, replace, onReplaced } = this.#options;
    this.#watched.set(name, { ...watched, marks: undefined });
    this.#generation += 1;
    const folder = join(this.#options.folder, String(this.#generation));
    const drop = (): void => rmSync(folder, { recursive: true, force: true });
    try {
      const stage = await this.#build(name, folder);
      const inputs = stageInputs(root, stage);
      if (stage.digest === watched.digest) drop();
      else {
        const replaced = await replace(name, stage.file);
        if (replaced.kind === 'failed') {
          drop();
          return `${name} does not start: ${replaced.why}`;
        }
        onReplaced(name, performance.now() - since);
        this.#dropFormer(name, folder, replaced.ended);
      }
      const asSeen = (file: string): string | undefined =>
        marks.has(file) ? marks.get(file) : (this.#marks.get(file) ?? marksOf([file]).get(file));
      this.#watched.set(name, {
        digest: stage.digest,
        inputs,
        marks: new Map(inputs.map((file) => [file, asSeen(file)])),
      });
      return undefined;
    } catch (thrown) {
      drop();
      return messageOf(thrown);
    }
  }

  /** Code that runs may still load a part of itself. */
  #dropFormer(name: StageName, folder: string, ended: Promise<void>): void {
    const former = this.#folders.get(name);
    this.#folders.set(name, folder);
    if (former !== undefined) void ended.then(() => rmSync(former, { recursive: true, force: true }));
  }

  async #build(name: StageName, folder: string): Promise<BuiltStage> {
    const { root, built, form } = this.#options;
    const { pipeline } = built;
    if (name === 'action') {
      const params = await actionParams({
        root,
        actionFile: pipeline.stages.action,
        folder,
        isKept: false,
      });
      const added = params.filter((param) => !built.params.includes(param));
      if (added.length > 0)
        throw new Error(
          `action: got a new parameter, ${added.join(', ')}; expected those that the run began with. ${restart}`,
        );
    }
    return buildStage({ root, pipeline, contract: this.#contract, name, folder, form, isKept: false });
  }
}
