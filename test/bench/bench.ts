/** What a benchmark says: figures, and what became of the goals that they are measured for. */

export interface Figure {
  readonly what: string;
  readonly value: string;
}

export interface GoalResult {
  readonly goal: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export interface BenchResult {
  readonly figures: readonly Figure[];
  readonly goals: readonly GoalResult[];
}

export interface BenchOptions {
  /** Tells whoever waits how far it is. */
  readonly say: (line: string) => void;
  /** How many months the largest backlog has; 1: the recorded one. */
  readonly months: number;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly run: (options: BenchOptions) => Promise<BenchResult>;
}
