/** One run: what is published, what an operator does, faults, and then calm. */
import { deadLettersIn, topicIn } from '../../lib/core/contract/resolved.ts';
import { originalHeaders } from '../../lib/core/dead-letter.ts';
import { bytesOf, lastHeader, textOf, type OutputRecord, type SourceRecord } from '../../lib/core/record.ts';
import { epochMsOf, toIso } from '../../lib/core/units.ts';
import { isSettled } from '../../lib/core/verdict.ts';
import { Broker } from './broker.ts';
import { contractOf, type SimEvent, type Variant } from './domain.ts';
import type { Journal, StageId } from './journal.ts';
import { SimMapping } from './mapping.ts';
import { Stores } from './stores.ts';
import { Tape } from './tape.ts';
import { environment, redriveOnce, sourceRecord, type Deployment } from './workers.ts';
import { beginning, World, type Actor, type Fault } from './world.ts';

/** What was published, in order: the truth that the checker measures against. */
export interface Published {
  readonly event: SimEvent;
  readonly id: string;
  readonly type: 'ask' | 'note';
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  readonly isFact: boolean;
}

export interface Redriven {
  readonly stage: StageId;
  readonly record: SourceRecord;
  readonly topicId: string;
  readonly number: number;
  tries: number;
  isSettled: boolean;
}

export interface Ran {
  readonly variant: Variant;
  readonly world: World;
  readonly journal: Journal;
  readonly stores: Stores;
  readonly broker: Broker;
  readonly published: readonly Published[];
  readonly redriven: readonly Redriven[];
  readonly deployment: Deployment;
  /** Entries of the journal before finished keys were replayed; all of them where they were not. */
  readonly replayedFrom: number | undefined;
  /** Whether everything came to rest. */
  readonly isSettled: boolean;
  readonly isBisecting: boolean;
}

const faultList: readonly Fault[] = [
  'crash',
  'lost-answer',
  'store-fails',
  'produce-fails',
  'stall',
  'skew',
  'zombie',
  'emulator-crash',
  'operator',
  'downstream',
  'model',
  'recreate',
  'rewind',
];

/** How often an operator repeats a redrive. */
export const mostTries = 60;

const safetySteps = 260;
const calmSteps = 4_000;

/** Runs one schedule. */
export const run = async (choices: readonly number[], isTold = false): Promise<Ran> =>
  new Scenario(new Tape(choices), isTold).play();

const stages: readonly StageId[] = ['features', 'inference', 'action'];

class Scenario {
  readonly #tape: Tape;
  readonly #world: World;
  readonly #broker: Broker;
  readonly #stores: Stores;
  readonly #deployment: Deployment;
  readonly #variant: Variant;
  readonly #mappings: readonly SimMapping[];
  readonly #published: Published[] = [];
  readonly #redriven: Redriven[] = [];
  /** Redrives under way, by whom. */
  readonly #running = new Map<Redriven, Actor>();
  #publications = 0;

  constructor(tape: Tape, isTold: boolean) {
    this.#tape = tape;
    // The tape's first choices say what this run is about; an empty tape is a run without any fault.
    const faults = new Set(faultList.filter(() => tape.pick(2) === 1));
    this.#world = new World(tape, faults, isTold);
    this.#variant = {
      effect: tape.pick(2) === 0 ? 'keyed' : 'at-most-once',
      pollers: tape.pick(4) === 3 ? 'on-demand' : 'provisioned',
      hasContext: tape.pick(3) === 2,
      limited: tape.pick(6) === 5,
    };
    const contract = contractOf(this.#variant);
    this.#broker = new Broker(this.#world);
    this.#stores = new Stores(this.#world);
    for (const topic of [contract.source, contract.vectors, contract.decisions, contract.outcomes]) {
      this.#broker.create(
        topicIn(environment, topic),
        topic === contract.source ? 2 : topic === contract.outcomes ? 1 : 2,
      );
      this.#broker.create(deadLettersIn(environment, topic), 1);
    }
    for (const { source } of Object.values(contract.context)) {
      this.#broker.create(topicIn(environment, source), 1);
      this.#broker.create(deadLettersIn(environment, source), 1);
    }
    // The deployment registers the topics' ids before anything consumes them.
    for (const { source } of [contract, ...Object.values(contract.context)])
      this.#stores.declareEpoch(
        topicIn(environment, source),
        this.#broker.topic(topicIn(environment, source)).id,
      );
    this.#deployment = {
      world: this.#world,
      broker: this.#broker,
      stores: this.#stores,
      contract,
      response: contract.features.mapping.partialResponses ? 'partial' : 'throw',
      usesPowertools: tape.pick(8) === 7,
      usesWire: tape.pick(8) === 7,
      isFixed: false,
    };
    const undocumented = {
      afterPartialFailure: tape.pick(2) === 0 ? ('resume-at-first' as const) : ('retry-listed-only' as const),
      splitting: tape.pick(2) === 0 ? ('free' as const) : ('uses-a-retry' as const),
    };
    const all: readonly StageId[] = this.#variant.hasContext ? ['context-facts', ...stages] : stages;
    this.#mappings = all.map((stage) => new SimMapping(this.#deployment, stage, undocumented));
  }

  async play(): Promise<Ran> {
    const count = 1 + this.#tape.pick(6);
    for (let index = 0; index < count; index += 1) this.#publish();
    for (let step = 0; step < safetySteps && !(this.#tape.ended && step > 0); step += 1) {
      await quiet();
      for (const mapping of this.#mappings) mapping.poll();
      if (this.#tape.chance(10)) this.#disturb();
      if (!this.#world.step() && this.#isDrained) break;
    }
    const cameToRest = await this.#calmDown();
    const replayedFrom = cameToRest && this.#tape.pick(4) === 0 ? await this.#replay() : undefined;
    return {
      variant: this.#variant,
      world: this.#world,
      journal: this.#world.journal,
      stores: this.#stores,
      broker: this.#broker,
      published: this.#published,
      redriven: this.#redriven,
      deployment: this.#deployment,
      replayedFrom,
      isSettled: cameToRest,
      isBisecting: this.#deployment.contract.features.mapping.bisect,
    };
  }

  get #isDrained(): boolean {
    return (
      this.#mappings.every((mapping) => mapping.isDrained) &&
      this.#redriven.every((redriven) => redriven.isSettled)
    );
  }

  /** The faults stop: everything that was begun must end. */
  async #calmDown(): Promise<boolean> {
    this.#world.isCalm = true;
    this.#world.tell(() => '— calm —');
    this.#stores.paused = false;
    this.#deployment.isFixed = true;
    this.#declareEpochs();
    let idle = 0;
    for (let step = 0; step < calmSteps; step += 1) {
      await quiet();
      for (const mapping of this.#mappings) mapping.poll();
      for (const redriven of this.#redriven) this.#redrive(redriven);
      if (this.#isDrained && this.#mappings.every(({ running }) => running.size === 0)) return true;
      idle = this.#world.step() ? 0 : idle + 1;
      if (idle > 2) return false;
    }
    return false;
  }

  /** Rewinds the groups of inference and action, and consumes everything once more (I8). */
  async #replay(): Promise<number> {
    const from = this.#world.journal.entries.length;
    this.#world.tell(() => '— replay —');
    for (const mapping of this.#mappings) {
      this.#rewind(mapping, 0);
      mapping.restart();
    }
    for (let step = 0; step < calmSteps && !(step > 0 && this.#isDrained); step += 1) {
      await quiet();
      for (const mapping of this.#mappings) mapping.poll();
      if (!this.#world.step()) break;
    }
    return from;
  }

  #rewind(mapping: SimMapping, to: number): void {
    this.#broker.topic(mapping.topic).partitions.forEach((_, partition) => {
      const offset = Math.min(to, this.#broker.committed(mapping.group, mapping.topic, partition));
      this.#broker.commit(mapping.group, mapping.topic, partition, offset);
    });
  }

  /** Something from outside. */
  #disturb(): void {
    const { world } = { world: this.#world };
    switch (this.#tape.pick(10)) {
      case 0:
      case 1:
      case 2:
        if (this.#publications < 10) this.#publish();
        break;
      case 3:
        if (!world.has('operator')) break;
        this.#stores.paused = !this.#stores.paused;
        world.tell(() => `the kill switch is ${this.#stores.paused ? 'on' : 'off'}`);
        break;
      case 4:
        if (world.has('operator')) this.#beginRedrive();
        break;
      case 5:
        if (world.has('emulator-crash')) {
          const mapping = this.#mappings[this.#tape.pick(this.#mappings.length)]!;
          world.tell(() => `the emulator of ${mapping.stage} crashes`);
          mapping.restart();
        }
        break;
      case 6:
        if (world.has('rewind')) {
          const mapping = this.#mappings[this.#tape.pick(this.#mappings.length)]!;
          world.tell(() => `the group of ${mapping.stage} is rewound`);
          this.#rewind(mapping, this.#tape.pick(3));
          mapping.restart();
        }
        break;
      case 7:
        if (world.has('operator')) {
          this.#deployment.isFixed = true;
          world.tell(() => 'the fix is deployed');
        }
        break;
      case 8:
        if (world.has('recreate')) this.#recreate();
        break;
      case 9:
        this.#passTime([1_000, 15_000, 60_000, 26 * 3_600_000, 12 * 86_400_000][this.#tape.pick(5)]!);
        break;
    }
  }

  #passTime(ms: number): void {
    // No invocation outlives Lambda's 15 minutes, stalled or not.
    if (ms > 900_000) for (const worker of this.#workers()) this.#world.crash(worker);
    this.#world.now = epochMsOf(this.#world.now + ms);
    this.#stores.expire();
    this.#world.tell(() => 'time passes');
  }

  #workers(): readonly Actor[] {
    return [...this.#mappings.flatMap(({ running }) => [...running]), ...this.#running.values()];
  }

  #publish(): void {
    const { contract } = this.#deployment;
    const kind = this.#tape.pick(14);
    const previous = this.#published.findLast(({ isFact }) => !isFact);
    this.#publications += 1;
    if (this.#variant.hasContext && kind === 13) {
      this.#append(true, 'fact', `f${this.#publications}`, this.#event({}));
      return;
    }
    if (kind === 10 && previous) {
      // A producer's duplicate: the same event at a new offset.
      this.#append(false, previous.type, previous.id, previous.event);
      return;
    }
    if (kind === 11 && previous) {
      // The same identity with another payload.
      this.#append(false, previous.type, previous.id, this.#event({ entity: previous.event.entity }));
      return;
    }
    const fates: readonly Partial<SimEvent>[] = [
      {},
      {},
      {},
      {},
      { broken: true },
      { throws: true },
      { kills: 'inference' },
      { kills: 'action' },
      { refusedBy: 'model' },
      { refusedBy: 'downstream' },
      {},
      {},
      contract.features.mapping.bisect ? { kills: 'features' } : {},
      {},
    ];
    this.#append(
      false,
      kind === 3 ? 'note' : 'ask',
      `e${this.#publications}`,
      this.#event(fates[kind] ?? {}),
    );
  }

  #event(fate: Partial<SimEvent>): SimEvent {
    return {
      n: this.#publications,
      entity: this.#tape.pick(3) === 0 ? 'a' : 'b',
      at: toIso(epochMsOf(beginning + this.#publications * 60_000 - this.#tape.pick(3) * 60_000)),
      ...fate,
    };
  }

  #append(isFact: boolean, type: string, id: string, event: SimEvent): void {
    const { contract } = this.#deployment;
    const source = isFact ? contract.context['facts']!.source : contract.source;
    const topic = topicIn(environment, source);
    const record: OutputRecord = {
      topic,
      key: bytesOf(event.entity),
      value: bytesOf(JSON.stringify(event)),
      headers: Object.entries({
        ce_specversion: '1.0',
        ce_id: id,
        ce_source: '/producer',
        ce_type: type,
        ce_time: toIso(this.#world.now),
      }).map(([name, value]) => ({ name, value: bytesOf(value) })),
    };
    const appended = this.#broker.append('producer', record);
    if (appended.kind !== 'acked') return;
    const { partition, offset } = appended;
    this.#world.tell(() => `${type} ${id} is published at ${partition}/${offset}: ${JSON.stringify(event)}`);
    this.#published.push({
      event,
      id,
      type: type === 'note' ? 'note' : 'ask',
      topicId: this.#broker.topic(topic).id,
      partition,
      offset,
      isFact,
    });
  }

  /** The source topic is deleted and made anew; its stage must stop until somebody declares the new epoch. */
  #recreate(): void {
    const topic = topicIn(environment, this.#deployment.contract.source);
    this.#world.tell(() => 'the source topic is recreated');
    this.#broker.create(topic, 2);
    this.#mappings.find(({ stage }) => stage === 'features')?.restart();
    if (this.#tape.pick(2) === 0) this.#declareEpochs();
  }

  /** An operator does so once nothing of the old topic is in flight: running functions are over after their timeout. */
  #declareEpochs(): void {
    const topic = topicIn(environment, this.#deployment.contract.source);
    const { id } = this.#broker.topic(topic);
    if (this.#stores.epochs.get(topic) === undefined || this.#stores.epochs.get(topic)?.topicId === id)
      return;
    for (const mapping of this.#mappings) {
      if (mapping.stage !== 'features') continue;
      for (const worker of mapping.running) this.#world.end(worker);
      mapping.running.clear();
      mapping.restart();
    }
    this.#stores.declareEpoch(topic, id);
  }

  #beginRedrive(): void {
    const { contract } = this.#deployment;
    const topics = { features: contract.source, inference: contract.vectors, action: contract.decisions };
    const letters = Object.entries(topics).flatMap(([stage, topic]) =>
      this.#broker
        .topic(deadLettersIn(environment, topic))
        .partitions.flat()
        .filter(({ headers }) => lastHeader(headers, 'freshet.letter.id') !== undefined)
        .map((letter) => ({ stage: stage as 'features' | 'inference' | 'action', letter })),
    );
    const chosen = letters[this.#tape.pick(letters.length)];
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
    this.#world.tell(
      () => `redrive ${redriven.number} of ${stage} ${partition}/${offset} (${text('freshet.reason')})`,
    );
    this.#redriven.push(redriven);
    this.#redrive(redriven);
  }

  /** A redrive repeats until its record is settled, whoever crashes meanwhile. */
  #redrive(redriven: Redriven): void {
    if (redriven.isSettled || this.#running.has(redriven)) return;
    const actor: Actor = this.#world.actor(`redrive of ${redriven.stage} #${this.#world.count()}`, () =>
      this.#running.delete(redriven),
    );
    this.#running.set(redriven, actor);
    const { record, topicId, number } = redriven;
    const again = (): void => {
      redriven.tries += 1;
      // A letter of a topic that is gone can wait for its hole for ever: an operator gives it up.
      if (redriven.stage === 'features' && redriven.tries > mostTries) redriven.isSettled = true;
      this.#world.alarm(actor, 'redrive again', 1_000, () => this.#running.delete(redriven));
    };
    redriveOnce(this.#deployment, redriven.stage, actor, record, {
      number,
      topicId,
      pastDeadline: this.#tape.pick(2) === 1,
    }).then((verdict) => {
      if (verdict && isSettled(verdict)) {
        redriven.isSettled = true;
        this.#running.delete(redriven);
      } else again();
    }, again);
  }
}

/** All promises that can go on by themselves have done so. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
