import type { Deployment } from './deployment.ts';
import type { Publisher } from './publishing.ts';
import type { Subject } from './subject.ts';
import type { Tape } from './tape.ts';

/** Chooses what a run is about: the pipeline, and whoever publishes to it. */
export type Domain = (tape: Tape) => {
  readonly subject: Subject;
  readonly publisher: (deployment: Deployment) => Publisher;
};
