import { randomUUID } from 'node:crypto';
import { TransientError } from '../../core/errors.ts';
import type { Observation, Read } from '../../core/ports/stores.ts';
import type { EpochMs } from '../../core/units.ts';
import { audit, deploymentOn, type Deployment, type Operator } from '../../ops/deployment.ts';
import { traceRecord } from '../../ops/trace/trace-record.ts';
import type { LocalRun } from '../local-run.ts';
import { localEnvironment } from '../pipeline-choice.ts';
import { Controls } from './controls/controls.ts';
import { PageFeed } from './feed/page-feed.ts';
import type { Control } from './protocol/page-api.ts';
import type {
  PageContext,
  PageControls,
  PageEffects,
  PageLetters,
  PageRowDetails,
  PageRows,
  PageTrace,
} from './protocol/page-state.ts';
import { effectsFor, type WhichEffects } from './views/effects.ts';
import { Letters } from './views/letters.ts';

export interface PageRunOptions {
  readonly run: LocalRun;
  /** Whom the audit trail names. */
  readonly operator: Operator;
  /** The command that shows what a redrive of all dead letters would do. */
  readonly redriveCommand: string;
}

/** What is known of a context at an event time; `null`: nothing. */
const seenContext = (read: Read<Observation | undefined> | undefined, at: EpochMs): PageContext | null => {
  if (read?.kind !== 'read')
    throw new TransientError('STORE_UNAVAILABLE', {
      message: 'the context could not be read; try again',
      cause: read?.cause,
    });
  const { value } = read;
  return value === undefined
    ? null
    : { body: JSON.parse(value.body) as unknown, ageMs: at - value.eventTime };
};

/** One running pipeline as its page sees it. */
export class PageRun {
  readonly pipeline: string;
  readonly redriveCommand: string;
  readonly feed: PageFeed;
  readonly #run: LocalRun;
  readonly #operator: Operator;
  readonly #deployment: Deployment;
  readonly #controls: Controls;
  readonly #letters: Letters;

  constructor({ run, operator, redriveCommand }: PageRunOptions) {
    const { platform, built } = run.parts.prepared;
    const { contract } = built;
    this.pipeline = contract.pipeline;
    this.redriveCommand = redriveCommand;
    this.#run = run;
    this.#operator = operator;
    this.#deployment = deploymentOn(platform, {
      contract,
      environment: localEnvironment,
      clock: platform.clock,
    });
    this.#controls = new Controls(run.parts, this.#deployment, operator);
    this.#letters = new Letters(this.#deployment);
    this.feed = new PageFeed({ runId: randomUUID(), run, controls: () => this.#controls.state });
  }

  rows(): Promise<PageRows> {
    return this.feed.rows.list(this.#now);
  }

  /**
   * @returns the row, the versions that were seen of it and the context of its key; `undefined` where there is none
   * @throws {TransientError} where the context could not be read
   */
  async row(key: string): Promise<PageRowDetails | undefined> {
    const shown = await this.feed.rows.show(key, this.#now);
    if (shown === undefined) return undefined;
    const { prepared, player } = this.#run.parts;
    const names = Object.keys(prepared.built.contract.context);
    const at = player.simulated;
    const reads = await prepared.platform.context.newest(names.map((context) => ({ context, key, at })));
    return {
      ...shown,
      context: Object.fromEntries(names.map((name, index) => [name, seenContext(reads[index], at)])),
    };
  }

  /** @throws {UsageError} where nothing is known of it */
  async trace(id: string, withPayload: boolean): Promise<PageTrace> {
    if (withPayload) await audit(this.#deployment, this.#operator, `reveal the trace of ${id}`);
    return traceRecord(this.#deployment, id, { withPayload });
  }

  letters(): Promise<PageLetters> {
    return this.#letters.list();
  }

  letter(id: string): Promise<unknown> {
    return this.#letters.reveal(id, this.#operator);
  }

  async effects(which: WhichEffects): Promise<PageEffects> {
    const { effects } = await this.feed.books.look();
    return effectsFor(this.#deployment, which, this.feed.decisions.done, effects);
  }

  get controls(): PageControls {
    return this.#controls.state;
  }

  /** @returns what was done, in words */
  control(control: Control): Promise<string> {
    return this.#controls.apply(control);
  }

  /** Undoes what would keep the run from ending. */
  heal(): Promise<void> {
    return this.#controls.heal();
  }

  get #now(): number {
    return this.#deployment.clock.now();
  }
}
