import type { ResolvedContract } from '../../core/contract/resolved.ts';
import type { Broker } from './broker.ts';
import type { Stores } from './stores.ts';
import type { Subject } from './subject.ts';
import type { World } from './world.ts';

export const environment = 'sim';
export const timeoutMs = 10_000;

/** A pipeline as it is deployed in a world. */
export interface Deployment {
  readonly world: World;
  readonly broker: Broker;
  readonly stores: Stores;
  readonly subject: Subject;
  readonly contract: ResolvedContract;
  readonly response: 'partial' | 'throw';
  readonly usesPowertools: boolean;
  /** Whether requests and results lie in a bucket, however small they are. */
  readonly usesBucket: boolean;
  /** Whether the records go through Lambda's event, as bytes, and not directly. */
  readonly usesWire: boolean;
  isFixed: boolean;
}
