/**
 * What answers in the place of a hosted model in the local run: a pipeline's local-model.ts exports one as `localModel`. The run
 * serves it over HTTP, so that the stage under test takes the same way as to the model itself.
 */
export interface LocalModel {
  /** The environment variable from which the inference stage takes the model's address. */
  readonly param: string;
  /** From the JSON body of a request to the JSON body of its answer. */
  readonly answer: (request: unknown) => unknown;
}
