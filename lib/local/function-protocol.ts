import type { KafkaEvent } from '../runtime/kafka-event.ts';
import type { ThrownError } from './thrown-error.ts';

/** What a worker thread is started with. */
export interface EnvironmentData {
  /** Absolute path of the bundle, an .mjs that exports `handler`. */
  readonly bundle: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  readonly logStream: string;
}

/** To the worker. */
export type EnvironmentRequest =
  | {
      readonly kind: 'invoke';
      readonly event: KafkaEvent;
      readonly requestId: string;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'stop' };

/** From the worker. */
export type EnvironmentAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly error: ThrownError }
  | { readonly kind: 'returned'; readonly requestId: string; readonly response: unknown }
  | { readonly kind: 'threw'; readonly requestId: string; readonly error: ThrownError };
