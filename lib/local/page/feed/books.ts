import type { RunParts } from '../../run-parts.ts';
import { effectsOf, settledCount } from '../../report/report.ts';
import type { PageBooks } from '../protocol/page-state.ts';
import { Unhurried } from './unhurried.ts';

const leastMs = 400;

/** What proves that nothing is lost or doubled. */
export class Books {
  readonly #books: Unhurried<Omit<PageBooks, 'receiver'>>;
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#books = new Unhurried(() => this.#look(), leastMs, parts.prepared.platform.clock);
  }

  async look(): Promise<PageBooks> {
    const books = await this.#books.value();
    const { requests, distinctKeys, duplicateEffects } = this.#parts.receiver.tally;
    return { ...books, receiver: { requests, distinctKeys, duplicateEffects } };
  }

  async #look(): Promise<Omit<PageBooks, 'receiver'>> {
    const { prepared, chain } = this.#parts;
    const { verdicts, effects } = prepared.platform;
    const counted = await verdicts.countByStage();
    const stages: PageBooks['stages'][number][] = [];
    for (const { name, positions } of chain.stages) {
      const ofStage = counted.get(name)?.verdicts ?? {};
      stages.push({
        name,
        received: await positions.records(),
        settled: settledCount(ofStage),
        verdicts: ofStage,
      });
    }
    return {
      stages,
      effects: effectsOf(await effects.countByState()),
      balanced: stages.every(({ received, settled }) => received === settled),
    };
  }
}
