import { randomUUID } from 'node:crypto';
import { audit, deploymentOn, type Deployment, type Operator } from '../../ops/deployment.ts';
import { traceRecord } from '../../ops/trace/trace-record.ts';
import type { LocalRun } from '../local-run.ts';
import { localEnvironment } from '../pipeline-choice.ts';
import { Controls } from './controls/controls.ts';
import { PageFeed } from './feed/page-feed.ts';
import type { Control } from './protocol/page-api.ts';
import type { PageControls, PageEffects, PageLetters, PageRows, PageTrace } from './protocol/page-state.ts';
import { effectsFor, type WhichEffects } from './views/effects.ts';
import { Letters } from './views/letters.ts';

export interface PageRunOptions {
  readonly run: LocalRun;
  /** Whom the audit trail names. */
  readonly operator: Operator;
}

/** One running pipeline as its page sees it. */
export class PageRun {
  readonly pipeline: string;
  readonly feed: PageFeed;
  readonly #run: LocalRun;
  readonly #operator: Operator;
  readonly #deployment: Deployment;
  readonly #controls: Controls;
  readonly #letters: Letters;

  constructor({ run, operator }: PageRunOptions) {
    const { platform, built } = run.parts.prepared;
    const { contract } = built;
    this.pipeline = contract.pipeline;
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

  /** @returns the row, the versions that were seen of it and the context of its key; `undefined` where there is none */
  async row(key: string): Promise<
    | {
        readonly row: unknown;
        readonly versions: readonly { readonly version: number; readonly at: number }[];
        readonly context: Readonly<Record<string, unknown>>;
      }
    | undefined
  > {
    const shown = await this.feed.rows.show(key, this.#now);
    if (shown === undefined) return undefined;
    const { prepared, player } = this.#run.parts;
    const names = Object.keys(prepared.built.contract.context);
    const reads = await prepared.platform.context.newest(
      names.map((context) => ({ context, key, at: player.simulated })),
    );
    const context = names.map((name, index) => {
      const read = reads[index];
      const body = read?.kind === 'read' ? read.value?.body : undefined;
      return [name, body === undefined ? null : (JSON.parse(body) as unknown)] as const;
    });
    return { ...shown, context: Object.fromEntries(context) };
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
