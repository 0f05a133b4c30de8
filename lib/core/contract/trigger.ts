import type { Static, TSchema } from 'typebox';
import type { TriggerOptions } from './options.ts';
import type { EffectPolicy } from './policies.ts';
import { resolveContract } from './resolve.ts';
import type { ResolvedContract } from './resolved.ts';
import type { EventSchemas } from './topics.ts';

/** The types that flow from a contract into its stages. Never a value. */
export interface TriggerTypes {
  readonly events: object;
  readonly contexts: object;
  readonly row: unknown;
  readonly vector: unknown;
  readonly decision: unknown;
  readonly effect: EffectPolicy;
}

/** A contract: resolved, checked, and carrying the types of its stages. */
export interface Trigger<Types extends TriggerTypes = TriggerTypes> {
  readonly resolved: ResolvedContract;
  /** Only in the type system. */
  readonly types?: Types;
}

declare const noContext: unique symbol;
/** A contract without context: there is no name under which one could be asked for. */
type NoContexts = { readonly [noContext]?: never };

/**
 * The one place where a pipeline is described. Constructs, runtime, CLI, local run and docs all read it.
 *
 * @throws {ConfigError} `CONTRACT_INVALID`, with every contradiction at once
 */
export const defineTrigger = <
  const Events extends EventSchemas,
  Row extends TSchema,
  Vector extends TSchema,
  Decision extends TSchema,
  Effect extends EffectPolicy,
  const Contexts extends Readonly<Record<string, EventSchemas>> = NoContexts,
>(
  options: TriggerOptions<Events, Contexts, Row, Vector, Decision, Effect>,
): Trigger<{
  events: { [Type in keyof Events]: Static<Events[Type]> };
  contexts: { [Name in keyof Contexts]: Static<Contexts[Name][keyof Contexts[Name]]> };
  row: Static<Row>;
  vector: Static<Vector>;
  decision: Static<Decision>;
  effect: Effect;
}> => ({ resolved: resolveContract(options) });
