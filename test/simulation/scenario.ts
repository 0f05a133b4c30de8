/** One run: what is published, what an operator does, faults, and then calm. */
import { deadLettersIn, topicIn } from '../../lib/core/contract/resolved.ts';
import { epochMsOf } from '../../lib/core/units.ts';
import { Broker } from './broker.ts';
import { contractOf, type Variant } from './domain.ts';
import type { Journal, StageId } from './journal.ts';
import { SimMapping } from './mapping.ts';
import { SimOperator, type Redriven } from './operator.ts';
import { SimProducer, type Published } from './producer.ts';
import { Stores } from './stores.ts';
import { Tape } from './tape.ts';
import { environment, type Deployment } from './workers.ts';
import { World, type Actor, type Fault } from './world.ts';

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
  readonly #producer: SimProducer;
  readonly #operator: SimOperator;

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
    this.#producer = new SimProducer(this.#deployment);
    this.#operator = new SimOperator(this.#deployment, this.#mappings);
  }

  async play(): Promise<Ran> {
    const count = 1 + this.#tape.pick(6);
    for (let index = 0; index < count; index += 1) this.#producer.publish();
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
      published: this.#producer.published,
      redriven: this.#operator.redriven,
      deployment: this.#deployment,
      replayedFrom,
      isSettled: cameToRest,
      isBisecting: this.#deployment.contract.features.mapping.bisect,
    };
  }

  get #isDrained(): boolean {
    return this.#mappings.every((mapping) => mapping.isDrained) && this.#operator.isDone;
  }

  /** The faults stop: everything that was begun must end. */
  async #calmDown(): Promise<boolean> {
    this.#world.isCalm = true;
    this.#world.tell(() => '— calm —');
    this.#stores.paused = false;
    this.#deployment.isFixed = true;
    this.#operator.declareEpochs();
    let idle = 0;
    for (let step = 0; step < calmSteps; step += 1) {
      await quiet();
      for (const mapping of this.#mappings) mapping.poll();
      this.#operator.repeat();
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
        if (!this.#producer.isDone) this.#producer.publish();
        break;
      case 3:
        if (!world.has('operator')) break;
        this.#stores.paused = !this.#stores.paused;
        world.tell(() => `the kill switch is ${this.#stores.paused ? 'on' : 'off'}`);
        break;
      case 4:
        if (world.has('operator')) this.#operator.beginRedrive();
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
        if (world.has('recreate')) this.#operator.recreate();
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
    return [...this.#mappings.flatMap(({ running }) => [...running]), ...this.#operator.workers];
  }
}

/** All promises that can go on by themselves have done so. */
const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
