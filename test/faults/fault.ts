import type { Finding } from '../support/evidence-checker.ts';
import type { Variant } from './pipeline-copy.ts';
import type { Stream } from './stream.ts';

/** Something that goes wrong in real processes. */
export interface Fault {
  /** As `--only` names it. */
  readonly name: string;
  /** It harms its services: nobody else may be using them. */
  readonly needsOwnServices: boolean;
  readonly variantOf: (seed: number) => Partial<Variant>;
  /**
   * Plays a stream, harms it, and lets it heal.
   *
   * @returns what the evidence of the end does not show
   * @throws where the fault did not come about
   */
  readonly play: (stream: Stream, seed: number) => Promise<readonly Finding[]>;
}

export const noVariant = (): Partial<Variant> => ({});
