/** One run: what is published, what an operator does, faults, and then calm. */
import { contextStageName, deadLettersIn, topicIn, type StageName } from '../../core/contract/resolved.ts';
import { epochMsOf } from '../../core/units.ts';
import type { UndocumentedChoices } from '../../local/event-source/mapping.ts';
import { macrotask } from '../worker.ts';
import { Broker } from './broker.ts';
import { environment, type Deployment } from './deployment.ts';
import type { Domain } from './domain.ts';
import { SimMapping } from './mapping.ts';
import { SimOperator } from './operator.ts';
import type { Publisher } from './publishing.ts';
import { SimResolutions } from './resolutions.ts';
import { Stores } from './stores.ts';
import type { Ran } from './ran.ts';
import { Tape } from './tape.ts';
import { World, type Actor, type Fault } from './world.ts';

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

/**
 * Choices for each record there is at first, of up to {@link mostAtFirst}. A record that comes to rest before anything happens
 * to it shows nothing, and a short tape ends before it could touch many.
 */
const choicesForOne = 52;
const mostAtFirst = 6;

const safetySteps = 260;
const calmSteps = 4_000;

/** Runs one schedule. */
export const run = async (domain: Domain, choices: readonly number[], isTold = false): Promise<Ran> =>
  new Scenario(new Tape(choices), domain, isTold).play();

/** One schedule for whoever reads it. */
export interface Told {
  /** As far as it came: its timeline, and its faults. */
  readonly world: World;
  /** `undefined`: it came to its end. */
  readonly thrown: unknown;
}

/** Runs one schedule and tells all of it, also where it throws. */
export const tell = async (domain: Domain, choices: readonly number[]): Promise<Told> =>
  new Scenario(new Tape(choices), domain, true).tell();

const stages: readonly StageName[] = ['features', 'inference', 'action'];

class Scenario {
  readonly #tape: Tape;
  readonly #world: World;
  readonly #broker: Broker;
  readonly #stores: Stores;
  readonly #deployment: Deployment;
  readonly #mappings: readonly SimMapping[];
  readonly #publisher: Publisher;
  readonly #operator: SimOperator;
  readonly #resolutions: SimResolutions;

  constructor(tape: Tape, domain: Domain, isTold: boolean) {
    this.#tape = tape;
    // The tape's first choices say what this run is about; an empty tape is a run without any fault.
    const faults = new Set(faultList.filter(() => tape.pick(2) === 1));
    this.#world = new World(tape, faults, isTold);
    const { subject, publisher } = domain(tape);
    const { contract } = subject;
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
      subject,
      contract,
      response: contract.features.mapping.partialResponses ? 'partial' : 'throw',
      usesPowertools: tape.pick(8) === 7,
      usesWire: tape.pick(8) === 7,
      usesBucket: tape.pick(4) === 3,
      isFixed: false,
    };
    const undocumented: UndocumentedChoices = {
      afterPartialFailure: tape.pick(2) === 0 ? 'resume-at-first' : 'retry-listed-only',
      splitting: tape.pick(2) === 0 ? 'free' : 'uses-a-retry',
      afterProgress: tape.pick(2) === 0 ? 'retries-kept' : 'retries-restored',
      destinationFor: tape.pick(2) === 0 ? 'unfinished' : 'last-invocation',
      whenRefused: tape.pick(2) === 0 ? 'keeps-trying' : 'dropped',
    };
    const all = [...Object.keys(contract.context).map(contextStageName), ...stages];
    this.#mappings = all.map((stage) => new SimMapping(this.#deployment, stage, undocumented));
    this.#publisher = publisher(this.#deployment);
    this.#operator = new SimOperator(this.#deployment, this.#mappings);
    this.#resolutions = new SimResolutions(this.#deployment, () => [
      ...this.#mappings.flatMap(({ running }) => [...running]),
      ...this.#operator.workers,
    ]);
  }

  async play(): Promise<Ran> {
    // Whoever else waits for this thread, a timer or a message, has a turn between schedules.
    await macrotask(0);
    // Asked now, for at the end the tape is used up, and everything would be replayed: a third of all steps.
    const isReplayed = this.#tape.pick(2) === 1;
    const count = 1 + this.#tape.pick(Math.min(mostAtFirst, 2 + Math.floor(this.#tape.left / choicesForOne)));
    for (let index = 0; index < count; index += 1) this.#publisher.publish();
    for (let step = 0; step < safetySteps && !(this.#tape.ended && step > 0); step += 1) {
      await this.#world.quiet();
      for (const mapping of this.#mappings) mapping.poll();
      if (this.#tape.chance(10)) this.#disturb();
      if (this.#world.has('operator') && this.#tape.chance(12)) this.#operator.beginRedrive();
      if (!this.#world.step() && this.#isDrained) break;
    }
    const cameToRest = (await this.#calmDown()) && (await this.#redriveAll());
    const replayedFrom = cameToRest && isReplayed ? await this.#replay() : undefined;
    return {
      subject: this.#deployment.subject,
      contract: this.#deployment.contract,
      world: this.#world,
      journal: this.#world.journal,
      published: this.#publisher.published,
      redriven: this.#operator.redriven,
      replayedFrom,
      isSettled: cameToRest && this.#isDrained,
    };
  }

  async tell(): Promise<Told> {
    try {
      await this.play();
      return { world: this.#world, thrown: undefined };
    } catch (thrown) {
      return { world: this.#world, thrown };
    }
  }

  get #isDrained(): boolean {
    return (
      this.#mappings.every((mapping) => mapping.isDrained) &&
      this.#operator.isDone &&
      this.#resolutions.isDone
    );
  }

  /** The faults stop: everything that was begun must end. */
  async #calmDown(): Promise<boolean> {
    this.#world.isCalm = true;
    this.#world.tell(() => '— calm —');
    this.#stores.paused = false;
    this.#deployment.isFixed = true;
    this.#operator.declareEpochs();
    return this.#comeToRest();
  }

  async #comeToRest(): Promise<boolean> {
    let idle = 0;
    for (let step = 0; step < calmSteps; step += 1) {
      for (const mapping of this.#mappings) mapping.poll();
      this.#operator.repeat();
      this.#resolutions.repeat();
      // What has just begun does its first step before time goes on, by minutes perhaps.
      await this.#world.quiet();
      if (this.#mappings.every(({ running }) => running.size === 0) && this.#isDrained) return true;
      idle = this.#world.step() ? 0 : idle + 1;
      if (idle > 2) return false;
    }
    return false;
  }

  /** An operator redrives every letter: what was done stays as it is, and the rest is done or fails again. */
  async #redriveAll(): Promise<boolean> {
    if (!this.#world.faults.has('operator')) return true;
    this.#world.tell(() => '— resolve and redrive —');
    this.#resolutions.beginSome();
    this.#operator.redriveAll();
    return this.#comeToRest();
  }

  /** Rewinds all groups, and consumes everything once more (I8). */
  async #replay(): Promise<number> {
    const from = this.#world.journal.entries.length;
    this.#world.tell(() => '— replay —');
    for (const mapping of this.#mappings) {
      this.#rewind(mapping, 0);
      mapping.restart();
    }
    for (let step = 0; step < calmSteps && !(step > 0 && this.#isDrained); step += 1) {
      await this.#world.quiet();
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
        if (!this.#publisher.isDone) this.#publisher.publish();
        break;
      case 3:
        if (!world.has('operator')) break;
        this.#stores.paused = !this.#stores.paused;
        world.tell(() => `the kill switch is ${this.#stores.paused ? 'on' : 'off'}`);
        break;
      case 4:
        if (world.has('operator')) this.#resolutions.begin();
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
    if (!this.#publisher.mayPass(ms)) return;
    // No invocation outlives Lambda's 15 minutes, stalled or not.
    if (ms > 900_000) for (const worker of this.#workers()) this.#world.crash(worker);
    this.#world.now = epochMsOf(this.#world.now + ms);
    this.#stores.expire();
    this.#world.tell(() => 'time passes');
  }

  #workers(): readonly Actor[] {
    return [
      ...this.#mappings.flatMap(({ running }) => [...running]),
      ...this.#operator.workers,
      ...this.#resolutions.workers,
    ];
  }
}
