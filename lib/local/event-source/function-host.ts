import type { KafkaEvent } from '../../runtime/kafka-event.ts';

/** What became of one invocation. */
export type InvocationResult =
  /** The handler's answer, as JSON carries it. */
  | { readonly kind: 'returned'; readonly response: unknown }
  /** It threw, its process died, or its module could not be loaded (`init`). */
  | {
      readonly kind: 'error';
      readonly phase: 'init' | 'invoke';
      readonly errorType: string;
      readonly message: string;
      /** Its own code, or the name of its class. */
      readonly code?: string;
      /** Where the code of the pipeline threw it, from the project's root, where that is known. */
      readonly at?: string | undefined;
    }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** No environment was free: nothing ran. */
  | { readonly kind: 'throttled' };

export interface InvocationRequest {
  readonly requestId: string;
  /** Counted from when the handler begins: a cold start is not part of it. */
  readonly timeoutMs: number;
}

/** Runs a function. */
export interface FunctionHost {
  /** Never rejects. */
  invoke(event: KafkaEvent, request: InvocationRequest): Promise<InvocationResult>;
}
