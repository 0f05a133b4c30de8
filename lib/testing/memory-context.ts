import type { ContextQuery, ContextStore, Observation, Read, Written } from '../core/ports/stores.ts';

const isNewer = (a: Observation, b: Observation): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.offset >= b.offset);

/** Context in memory, by context, key and event time. */
export class MemoryContext implements ContextStore {
  #observations: readonly Observation[] = [];

  async observe(observations: readonly Observation[]): Promise<readonly Written[]> {
    return observations.map((observation) => {
      const { context, key, eventTime } = observation;
      const isSame = (other: Observation): boolean =>
        other.context === context && other.key === key && other.eventTime === eventTime;
      const known = this.#observations.find(isSame);
      if (known !== undefined && !isNewer(observation, known)) return { kind: 'conflict' };
      this.#observations = [...this.#observations.filter((other) => !isSame(other)), observation];
      return { kind: 'applied' };
    });
  }

  async newest(queries: readonly ContextQuery[]): Promise<readonly Read<Observation | undefined>[]> {
    return queries.map(({ context, key, at }) => ({
      kind: 'read',
      value: this.#of(context, key)
        .filter(({ eventTime }) => eventTime <= at)
        .toSorted((a, b) => b.eventTime - a.eventTime)[0],
    }));
  }

  async forget(context: string, historyMs: number): Promise<number> {
    const isKept = (observation: Observation): boolean => {
      if (observation.context !== context) return true;
      const newest = Math.max(...this.#of(context, observation.key).map(({ eventTime }) => eventTime));
      return observation.eventTime >= newest - historyMs;
    };
    const kept = this.#observations.filter(isKept);
    const gone = this.#observations.length - kept.length;
    this.#observations = kept;
    return gone;
  }

  #of(context: string, key: string): readonly Observation[] {
    return this.#observations.filter((one) => one.context === context && one.key === key);
  }
}
