/** Whoever publishes: events with their fates, duplicates, and other payloads under a known identity. */
import { epochMsOf, toIso } from '../../lib/core/units.ts';
import type { Deployment } from '../../lib/testing/simulation/deployment.ts';
import { append, type Published, type Publisher } from '../../lib/testing/simulation/publishing.ts';
import { beginning } from '../../lib/testing/simulation/world.ts';
import type { SimEvent } from './events.ts';

export class SimProducer implements Publisher {
  readonly published: Published[] = [];
  readonly #deployment: Deployment;
  #publications = 0;
  #isShared = false;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  /**
   * Whether so much time may pass. Past the horizon only rows remember: nobody promises anything of an identity that two
   * entities share and of which the first is forgotten when the second comes.
   */
  mayPass(ms: number): boolean {
    return !(this.#isShared && this.#isPastHorizon(ms));
  }

  #isPastHorizon(afterMs: number): boolean {
    const { contract, world } = this.#deployment;
    return world.now + afterMs - beginning > contract.keyRetentionMs;
  }

  /** Whether there is room for more. */
  get isDone(): boolean {
    return this.#publications >= mostPublications;
  }

  publish(): void {
    const { contract, world } = this.#deployment;
    const { tape } = world;
    const kind = tape.pick(14);
    // Past the horizon nobody remembers a key: who sends an old id again then gets what the guarantees do not cover.
    const remembered = world.now - contract.keyRetentionMs;
    const previous = this.published.findLast(({ context, at }) => context === undefined && at > remembered);
    this.#publications += 1;
    if (Object.keys(contract.context).length > 0 && kind === 13) {
      const fate = tape.pick(4) === 3 ? { broken: true } : {};
      this.#append('facts', 'fact', `f${this.#publications}`, this.#event(fate));
      return;
    }
    if (kind === 10 && previous) {
      // A producer's duplicate: the same event at a new offset.
      this.#append(undefined, previous.type, previous.id, previous.event as SimEvent);
      return;
    }
    if (kind === 11 && previous) {
      // The same identity with another payload: under the same entity its row sees that, under another the next stage.
      const { entity: same } = previous;
      const entity = tape.pick(2) === 0 || this.#isPastHorizon(0) ? same : otherThan(same);
      this.#isShared ||= entity !== same;
      this.#append(undefined, previous.type, previous.id, this.#event({ entity }));
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
      undefined,
      kind === 3 ? 'note' : 'ask',
      `e${this.#publications}`,
      this.#event(fates[kind] ?? {}),
    );
  }

  #event(fate: Partial<SimEvent>): SimEvent {
    const { tape } = this.#deployment.world;
    return {
      n: this.#publications,
      entity: tape.pick(3) === 0 ? 'a' : 'b',
      at: toIso(epochMsOf(beginning + this.#publications * 60_000 - tape.pick(3) * 60_000)),
      ...fate,
    };
  }

  #append(context: string | undefined, type: string, id: string, event: SimEvent): void {
    const published = append(this.#deployment, { context, type, id, event });
    if (published) this.published.push(published);
  }
}

const mostPublications = 10;

const otherThan = (entity: string): string => (entity === 'a' ? 'b' : 'a');
