/** Whoever operates: redrives that are repeated until they are settled, and new epochs for topics that were recreated. */
import { contextStageName, deadLettersIn, topicIn, type StageName } from '../../core/contract/resolved.ts';
import type { SourceRecord } from '../../core/record.ts';
import { isSettled } from '../../core/verdict.ts';
import { letterName, type Letter } from '../../ops/letters/letter.ts';
import { readLetter } from '../../ops/letters/read-letter.ts';
import { environment, type Deployment } from './deployment.ts';
import type { SimMapping } from './mapping.ts';
import { redriveOnce } from './workers.ts';
import type { Actor } from './world.ts';

export interface Redriven {
  readonly stage: StageName;
  /** Its id. */
  readonly letter: string;
  readonly record: SourceRecord;
  readonly topicId: string;
  readonly number: number;
  readonly pastDeadline: boolean;
  tries: number;
  isSettled: boolean;
}

/** How often a redrive is repeated that may wait for ever. */
export const mostTries = 8;

/** Two operators may redrive one letter side by side; a crowd that does only makes a schedule long. */
const mostAtOnce = 2;

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

  /** Topics that nobody but a producer writes to, each with the stage that reads it. */
  get #sources(): readonly {
    readonly stage: StageName;
    readonly topic: string;
    readonly partitions: number;
  }[] {
    const { source, context } = this.#deployment.contract;
    return [
      { stage: 'features', topic: topicIn(environment, source), partitions: 2 },
      ...Object.entries(context).map(([name, { source: observed }]) => ({
        stage: contextStageName(name),
        topic: topicIn(environment, observed),
        partitions: 1,
      })),
    ];
  }

  /** The source topic, or one of a context, is deleted and made anew; its stage must stop until somebody declares the new epoch. */
  recreate(): void {
    const { world, broker } = this.#deployment;
    const sources = this.#sources;
    const { stage, topic, partitions } = sources[world.tape.pick(sources.length)]!;
    world.tell(() => `${topic} is recreated`);
    broker.create(topic, partitions);
    this.#mappings.find((mapping) => mapping.stage === stage)?.restart();
    if (world.tape.pick(2) === 0) this.declareEpochs();
  }

  /** An operator does so once nothing of the old topic is in flight: running functions are over after their timeout. */
  declareEpochs(): void {
    const { world, broker, stores } = this.#deployment;
    for (const { stage, topic } of this.#sources) {
      const { id } = broker.topic(topic);
      const known = stores.epochs.get(topic);
      if (known === undefined || known.topicId === id) continue;
      for (const mapping of this.#mappings) {
        if (mapping.stage !== stage) continue;
        for (const worker of mapping.running) world.end(worker);
        mapping.running.clear();
        mapping.restart();
      }
      stores.declareEpoch(topic, id);
    }
  }

  /** Letters by their ids, a mapping's too. */
  get #letters(): readonly Letter[] {
    const { contract, broker } = this.#deployment;
    const sources = Object.values(contract.context).map(({ source }) => source);
    const stages = this.#mappings.map(({ stage }) => stage);
    const reader = {
      pipeline: contract.pipeline,
      stages,
      stageOfFunction: (arn: string) =>
        stages.find((stage) => arn.endsWith(`:${environment}-${contract.pipeline}-${stage}`)),
    };
    const letters = [...sources, contract.source, contract.vectors, contract.decisions].flatMap((topic) =>
      broker
        .topic(deadLettersIn(environment, topic))
        .partitions.flat()
        .flatMap((record) => readLetter(record, reader) ?? []),
    );
    return [...new Map(letters.map((letter) => [letter.id, letter])).values()];
  }

  /** Redrives any letter that there is by now. */
  beginRedrive(): void {
    const { tape } = this.#deployment.world;
    const letters = this.#letters;
    const letter = letters[tape.pick(letters.length)];
    if (letter) this.#begin(letter, tape.pick(2) === 1);
  }

  /** Redrives every letter that is left when nothing else happens any more, each second one past its deadline. */
  redriveAll(): void {
    this.#letters.forEach((letter, index) => this.#begin(letter, index % 2 === 1));
  }

  #begin(letter: Letter, pastDeadline: boolean): void {
    const { broker, world } = this.#deployment;
    const { record } = letter;
    const stage = this.#mappings.find((mapping) => mapping.stage === letter.stage)?.stage;
    if (stage === undefined || this.#underWay(letter) >= mostAtOnce) return;
    const redriven: Redriven = {
      stage,
      letter: letter.id,
      record: { ...record, listedUnder: 'redrive' },
      topicId: record.topicId ?? broker.topic(record.topic).id,
      number: letter.redrive + 1,
      pastDeadline,
      tries: 0,
      isSettled: false,
    };
    world.tell(() => `redrive ${redriven.number} of ${letterName(letter)} (${letter.reason})`);
    this.redriven.push(redriven);
    this.#redrive(redriven);
  }

  #underWay({ id }: Letter): number {
    return this.redriven.filter((redriven) => redriven.letter === id && !redriven.isSettled).length;
  }

  /** A redrive repeats until its record is settled, whoever crashes meanwhile. */
  #redrive(redriven: Redriven): void {
    if (redriven.isSettled || this.#running.has(redriven)) return;
    const actor: Actor = this.#deployment.world.actor(
      `redrive of ${redriven.stage} #${this.#deployment.world.count()}`,
      () => this.#running.delete(redriven),
    );
    this.#running.set(redriven, actor);
    const { record, topicId, number, pastDeadline } = redriven;
    const again = (): void => {
      redriven.tries += 1;
      // A letter of a topic that is gone can wait for its hole for ever: an operator gives it up.
      if (redriven.stage === 'features' && redriven.tries > mostTries) redriven.isSettled = true;
      // What is in another's hands stays there until a lease is over: nobody asks each second for so long.
      const waitMs = 1_000 * 2 ** Math.min(redriven.tries, 6);
      this.#deployment.world.alarm(actor, 'redrive again', waitMs, () => this.#running.delete(redriven));
    };
    redriveOnce(this.#deployment, redriven.stage, actor, record, {
      number,
      topicId,
      pastDeadline,
    }).then((verdict) => {
      if (verdict && isSettled(verdict)) {
        redriven.isSettled = true;
        this.#running.delete(redriven);
      } else again();
    }, again);
  }
}
