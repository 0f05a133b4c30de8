import type { EffectPolicy, Keyed } from '../contract/policies.ts';
import type { ResolvedContract } from '../contract/resolved.ts';
import type { Trigger, TriggerTypes } from '../contract/trigger.ts';
import type { TraceContext } from '../trace.ts';
import { ConfigError } from '../errors.ts';

/** A value the deployment must give: it becomes a required prop of the construct and an environment variable of the function. */
export interface Param<Name extends string = string> {
  readonly kind: 'param';
  readonly name: Name;
}

/** @param name - UPPER_SNAKE_CASE, the environment variable */
export const param = <const Name extends string>(name: Name): Param<Name> => ({ kind: 'param', name });

interface UnsettledAnswer {
  /** Stored with the effect and never logged. */
  readonly detail: string;
  /** What kind of failure it is, such as `HTTP_503` or `ECONNRESET`: logged, so never anything that came with data. */
  readonly code?: string;
  readonly retryAfterMs: number | undefined;
}

/** What came of one send, by what is known of it and not by how it was said. Closed. */
export type SendAnswer =
  | { readonly kind: 'done'; readonly evidence: string }
  /** Certainly not done, and may succeed later: refused connection, 429. */
  | ({ readonly kind: 'not-done' } & UnsettledAnswer)
  /** Nobody knows: timeout, 5xx, 207, 408, 409, 425, a connection that broke. */
  | ({ readonly kind: 'unknown' } & UnsettledAnswer)
  /** Refused for good: every other 4xx. */
  | { readonly kind: 'refused'; readonly detail: string };

export interface SendCall {
  /** Idempotency key: the same for every send of this effect, under any deployment. */
  readonly key: string;
  readonly signal: AbortSignal;
  /** Time the send may take, ms: always less than what the invocation has left. */
  readonly timeoutMs: number;
  /** The trace that the record belongs to: pass it on, and the other side's spans join it. */
  readonly trace: TraceContext | undefined;
}

/** An open way to the outside. Never throws for what the outside does: it answers. */
export interface Transport {
  send(request: unknown, call: SendCall): Promise<SendAnswer>;
}

/** A way to the outside as a stage names it; opened at cold start with its parameters. */
export interface TransportDefinition<
  Request = never,
  IsKeyed extends boolean = boolean,
  Name extends string = string,
> {
  readonly transport: string;
  /** Whether it carries an idempotency key; `keyed()` effects demand it. */
  readonly keyed: IsKeyed;
  readonly params: readonly Param<Name>[];
  /** @throws {ConfigError} `ENVIRONMENT_INVALID` for a value that cannot serve */
  readonly open: (values: Readonly<Record<Name, string>>) => Transport;
  /** Only in the type system. */
  readonly accepts?: (request: Request) => void;
}

export interface Suppression {
  readonly suppress: string;
}

/** No effect for this decision, and why. */
export const suppress = (reason: string): Suppression => ({ suppress: reason });

/** The action stage as the engine sees it; for tests it carries the types of its contract. */
export interface ActionStage<Name extends string = string, Types extends TriggerTypes = TriggerTypes> {
  readonly kind: 'action';
  readonly contract: ResolvedContract;
  readonly request: (decision: unknown) => unknown;
  readonly via: TransportDefinition<never, boolean, Name>;
  /** Only in the type system. */
  readonly types?: Types;
}

/** A keyed effect needs a transport that carries the key: anything else does not compile. */
type TransportFor<Effect extends EffectPolicy, Request, Name extends string> = TransportDefinition<
  Request,
  [Effect] extends [Keyed] ? true : boolean,
  Name
>;

/**
 * The effect of a decision.
 *
 * @throws {ConfigError} `CONTRACT_INVALID` for `keyed()` through a transport without a key
 */
export const defineAction = <Types extends TriggerTypes, Request, Name extends string>(
  contract: Trigger<Types>,
  options: {
    /** Pure: what will be sent, frozen in the ledger before anything is. What it throws is permanent. */
    readonly request: (decision: Types['decision']) => Request | Suppression;
    readonly via: TransportFor<Types['effect'], Request, Name>;
  },
): ActionStage<Name, Types> => {
  const { pipeline, action } = contract.resolved;
  // The type says the same; a stage whose types were stripped unread must not send twice without a key.
  if (action.effect === 'keyed' && !options.via.keyed)
    throw new ConfigError('CONTRACT_INVALID', {
      message: `the action of "${pipeline}" has a problem:`,
      problems: [
        {
          path: 'action.effect',
          got: `keyed() through the transport "${options.via.transport}", which carries no idempotency key`,
          expected: 'a transport that carries the key, or atMostOnce()',
          fix: "name the header that the downstream honours, such as keyHeader: 'Idempotency-Key', or write effect: atMostOnce()",
        },
      ],
    });
  return {
    kind: 'action',
    contract: contract.resolved,
    request: options.request,
    via: options.via,
  };
};
