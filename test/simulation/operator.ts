/** Whoever operates: redrives that are repeated until they are settled, and new epochs for topics that were recreated. */
import { deadLettersIn, topicIn } from '../../lib/core/contract/resolved.ts';
import { originalHeaders } from '../../lib/core/dead-letter.ts';
import { lastHeader, textOf, type SourceRecord } from '../../lib/core/record.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { isSettled } from '../../lib/core/verdict.ts';
import type { StageId } from './journal.ts';
import type { SimMapping } from './mapping.ts';
import { environment, redriveOnce, sourceRecord, type Deployment } from './workers.ts';
import type { Actor } from './world.ts';

export interface Redriven {
  readonly stage: StageId;
  readonly record: SourceRecord;
  readonly topicId: string;
  readonly number: number;
  tries: number;
  isSettled: boolean;
}

/** How often a redrive is repeated that may wait for ever. */
export const mostTries = 60;

export class SimOperator {
  readonly redriven: Redriven[] = [];
  readonly #deployment: Deployment;
  readonly #mappings: readonly SimMapping[];
  /** Redrives under way, by whom. */
  readonly #running = new Map<Redriven, Actor>();

  constructor(deployment: Deployment, mappings: readonly SimMapping[]) {
    this.#deployment = deployment;
    this.#mappings = mappings;
  }

  get isDone(): boolean {
    return this.redriven.every((redriven) => redriven.isSettled);
  }

  get workers(): readonly Actor[] {
    return [...this.#running.values()];
  }

  /** Goes on with what is not settled. */
  repeat(): void {
    for (const redriven of this.redriven) this.#redrive(redriven);
  }

  /** The source topic is deleted and made anew; its stage must stop until somebody declares the new epoch. */
  recreate(): void {
    const topic = topicIn(environment, this.#deployment.contract.source);
    this.#deployment.world.tell(() => 'the source topic is recreated');
    this.#deployment.broker.create(topic, 2);
    this.#mappings.find(({ stage }) => stage === 'features')?.restart();
    if (this.#deployment.world.tape.pick(2) === 0) this.declareEpochs();
  }

  /** An operator does so once nothing of the old topic is in flight: running functions are over after their timeout. */
  declareEpochs(): void {
    const topic = topicIn(environment, this.#deployment.contract.source);
    const { id } = this.#deployment.broker.topic(topic);
    if (
      this.#deployment.stores.epochs.get(topic) === undefined ||
      this.#deployment.stores.epochs.get(topic)?.topicId === id
    )
      return;
    for (const mapping of this.#mappings) {
      if (mapping.stage !== 'features') continue;
      for (const worker of mapping.running) this.#deployment.world.end(worker);
      mapping.running.clear();
      mapping.restart();
    }
    this.#deployment.stores.declareEpoch(topic, id);
  }

  beginRedrive(): void {
    const { contract } = this.#deployment;
    const topics = { features: contract.source, inference: contract.vectors, action: contract.decisions };
    const letters = Object.entries(topics).flatMap(([stage, topic]) =>
      this.#deployment.broker
        .topic(deadLettersIn(environment, topic))
        .partitions.flat()
        .filter(({ headers }) => lastHeader(headers, 'freshet.letter.id') !== undefined)
        .map((letter) => ({ stage: stage as 'features' | 'inference' | 'action', letter })),
    );
    const chosen = letters[this.#deployment.world.tape.pick(letters.length)];
    if (chosen === undefined) return;
    const { letter, stage } = chosen;
    const text = (name: string): string => textOf(lastHeader(letter.headers, name) ?? new Uint8Array());
    const topic = text('__connect.errors.topic');
    const partition = Number(text('__connect.errors.partition'));
    const offset = Number(text('__connect.errors.offset'));
    const record = {
      ...sourceRecord({ ...letter, topic, partition, offset, headers: originalHeaders(letter.headers) }),
      timestamp: epochMsOf(Date.parse(text('freshet.timestamp'))),
    };
    const redriven: Redriven = {
      stage,
      record,
      topicId: text('freshet.topic.id'),
      number: Number(text('freshet.redrive')) + 1,
      tries: 0,
      isSettled: false,
    };
    this.#deployment.world.tell(
      () => `redrive ${redriven.number} of ${stage} ${partition}/${offset} (${text('freshet.reason')})`,
    );
    this.redriven.push(redriven);
    this.#redrive(redriven);
  }

  /** A redrive repeats until its record is settled, whoever crashes meanwhile. */
  #redrive(redriven: Redriven): void {
    if (redriven.isSettled || this.#running.has(redriven)) return;
    const actor: Actor = this.#deployment.world.actor(
      `redrive of ${redriven.stage} #${this.#deployment.world.count()}`,
      () => this.#running.delete(redriven),
    );
    this.#running.set(redriven, actor);
    const { record, topicId, number } = redriven;
    const again = (): void => {
      redriven.tries += 1;
      // A letter of a topic that is gone can wait for its hole for ever: an operator gives it up.
      if (redriven.stage === 'features' && redriven.tries > mostTries) redriven.isSettled = true;
      this.#deployment.world.alarm(actor, 'redrive again', 1_000, () => this.#running.delete(redriven));
    };
    redriveOnce(this.#deployment, redriven.stage, actor, record, {
      number,
      topicId,
      pastDeadline: this.#deployment.world.tape.pick(2) === 1,
    }).then((verdict) => {
      if (verdict && isSettled(verdict)) {
        redriven.isSettled = true;
        this.#running.delete(redriven);
      } else again();
    }, again);
  }
}
