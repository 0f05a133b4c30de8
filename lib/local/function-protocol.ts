import type { MessagePort } from 'node:worker_threads';
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
  /** Shared: its first element is what each call of a model takes longer, ms. */
  readonly modelDelay: Int32Array<SharedArrayBuffer> | undefined;
  /** Of a run that is inspected: the memory of its clock. */
  readonly clockMemory: SharedArrayBuffer | undefined;
  /** Of an environment that a debugger may enter: counted up while its event loop turns. */
  readonly beat: SharedArrayBuffer | undefined;
  /** Takes each `ThrownInside`, where somebody wants to hear of it. */
  readonly thrown: MessagePort | undefined;
}

/** To the worker. */
export type EnvironmentRequest =
  | {
      readonly kind: 'invoke';
      readonly event: KafkaEvent;
      readonly requestId: string;
      readonly timeoutMs: number;
    }
  /** Lets a debugger in. @param isAwaited - nothing of the thread goes on until there is one */
  | { readonly kind: 'inspect'; readonly port: number; readonly isAwaited: boolean }
  | { readonly kind: 'stop' };

/** From the worker. */
export type EnvironmentAnswer =
  | { readonly kind: 'ready' }
  /** `null`: the port was taken. */
  | { readonly kind: 'inspecting'; readonly url: string | null; readonly isAwaited: boolean }
  /** The debugger that was awaited is there, and has set its breakpoints. */
  | { readonly kind: 'inspected' }
  | { readonly kind: 'init-failed'; readonly error: ThrownError }
  | { readonly kind: 'returned'; readonly requestId: string; readonly response: unknown }
  | { readonly kind: 'threw'; readonly requestId: string; readonly error: ThrownError };
