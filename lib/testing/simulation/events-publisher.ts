import { identifiedData, memberOf, type GivenEvent } from '../event.ts';
import type { Deployment } from './deployment.ts';
import { append, type Published, type Publisher } from './publishing.ts';
import { beginning } from './world.ts';

/** Events and observations of a user, each in its order. */
export interface GivenStream {
  readonly events: readonly GivenEvent[];
  /** Of each context. */
  readonly observations: readonly { readonly context: string; readonly event: GivenEvent }[];
}

/** More duplicates would only take time. */
const mostDuplicates = 3;

/** Publishes what a user gave, in its order; a producer also sends some of it twice. */
export class EventsPublisher implements Publisher {
  readonly published: Published[] = [];
  readonly #deployment: Deployment;
  readonly #events: GivenEvent[];
  readonly #observations: GivenStream['observations'][number][];
  #duplicates = 0;
  /** Identity → its entity; two entities may share one. */
  readonly #entities = new Map<string, string>();
  #isShared = false;

  constructor(deployment: Deployment, { events, observations }: GivenStream) {
    this.#deployment = deployment;
    this.#events = [...events];
    this.#observations = [...observations];
  }

  get isDone(): boolean {
    return this.#events.length === 0 && this.#observations.length === 0 && this.#duplicates >= mostDuplicates;
  }

  /** Past the horizon nobody remembers an identity that two entities share. */
  mayPass(ms: number): boolean {
    const { contract, world } = this.#deployment;
    return !(this.#isShared && world.now + ms - beginning > contract.keyRetentionMs);
  }

  publish(): void {
    const { world, contract } = this.#deployment;
    const kind = world.tape.pick(14);
    // Past the horizon nobody remembers a key: who sends an old id again then gets what the guarantees do not cover.
    const remembered = world.now - contract.keyRetentionMs;
    const previous = this.published.findLast(({ context, at }) => context === undefined && at > remembered);
    const isDuplicate = kind === 10 && this.#duplicates < mostDuplicates;
    if (previous && isDuplicate) {
      this.#duplicates += 1;
      this.#append({ ...previous, event: previous.event as object });
      return;
    }
    const isObservation = kind > 10 || this.#events.length === 0;
    const observation = isObservation ? this.#observations.shift() : undefined;
    if (observation) {
      const { context, event } = observation;
      this.#append({ context, type: event.type, id: this.#newId(event), event: event.data });
      return;
    }
    const event = this.#events.shift();
    if (event === undefined) return;
    const data = identifiedData(event, contract.source);
    const id = this.#idOf(event, data);
    this.#append({ context: undefined, type: event.type, id, event: data });
  }

  #newId({ type }: GivenEvent): string {
    return `${type}-${this.published.length + 1}`;
  }

  #idOf(event: GivenEvent, data: object): string {
    const { identify } = this.#deployment.contract.source;
    const said = identify === null ? event.id : memberOf(data, identify.id);
    return typeof said === 'string' || typeof said === 'number' ? String(said) : this.#newId(event);
  }

  #append(publication: Parameters<typeof append>[1]): void {
    const published = append(this.#deployment, publication);
    if (published === undefined) return;
    this.published.push(published);
    if (published.context !== undefined) return;
    const entity = this.#entities.get(published.id) ?? published.entity;
    this.#entities.set(published.id, entity);
    this.#isShared ||= entity !== published.entity;
  }
}
