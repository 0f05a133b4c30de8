import type { ModelAnswer } from '../core/stages/inference.ts';

type Answered =
  | { readonly kind: 'answer'; readonly answer: ModelAnswer<object> }
  | { readonly kind: 'threw'; readonly thrown: unknown };

/** The answers of one run. */
export interface Turns {
  /** The next answer for a vector: the model's in the first run, what it said then in every other. */
  next(vector: string, ask: () => Promise<ModelAnswer<object>>): Promise<ModelAnswer<object>>;
}

/** A model may answer differently each time; the runs that are compared must not differ for that. */
export class KeptAnswers {
  readonly #kept = new Map<string, Answered[]>();
  #runs = 0;

  newRun(): Turns {
    const isFirst = this.#runs === 0;
    this.#runs += 1;
    const asked = new Map<string, number>();
    return {
      next: async (vector, ask) => {
        const turn = asked.get(vector) ?? 0;
        asked.set(vector, turn + 1);
        const kept = this.#kept.get(vector) ?? [];
        const known = isFirst ? undefined : (kept[turn] ?? kept.at(-1));
        const answered = known ?? (await answerOf(ask));
        if (isFirst) this.#kept.set(vector, [...kept, answered]);
        if (answered.kind === 'answer') return answered.answer;
        throw answered.thrown;
      },
    };
  }
}

const answerOf = async (ask: () => Promise<ModelAnswer<object>>): Promise<Answered> => {
  try {
    return { kind: 'answer', answer: await ask() };
  } catch (thrown) {
    return { kind: 'threw', thrown };
  }
};
