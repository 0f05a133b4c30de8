/** What goes through the simulation's own pipeline. */

/** The data of an event: its publication number, and its fate. */
export interface SimEvent {
  readonly n: number;
  readonly entity: string;
  readonly at: string;
  /** The schema refuses it until the operator has deployed the fix. */
  readonly broken?: boolean;
  /** The fold throws. */
  readonly throws?: boolean;
  /** It ends every worker that runs it there. */
  readonly kills?: 'features' | 'inference' | 'action';
  /** The model, or the downstream, refuses it for good. */
  readonly refusedBy?: 'model' | 'downstream';
}

export interface SimState {
  readonly folded: readonly number[];
}

export interface SimVector extends SimEvent {
  readonly part: number;
  readonly fact: number | null;
  readonly factAt: string | null;
}

export interface SimDecision {
  readonly n: number;
  readonly part: number;
  readonly nonce: number;
  readonly kills: string | null;
  readonly refused: boolean;
}
