/**
 * The model call behind Powertools' idempotency, thinly: the claim is ours already, and the store is our claims'.
 *
 * What its 2.35 does that a model call must not rest on, and what is done about it here:
 * it completes without an owner (our transitions carry one); it deletes on any throw (the function inside never throws);
 * it counts a missing key as "not idempotent" (that is an error here); it expires and caches (neither is used);
 * its prefix is the function's name (fixed here, so that a rename changes no key).
 *
 * @see Powertools for AWS Lambda (TypeScript), "Idempotency", bring your own persistent store
 */
import {
  IdempotencyConfig,
  IdempotencyItemAlreadyExistsError,
  IdempotencyRecordStatus,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import type { Context } from 'aws-lambda';
import { settleAll } from '../core/batch/settle.ts';
import { ConfigError, InvariantError } from '../core/errors.ts';
import type { LedgerItem } from '../core/ledger/item.ts';
import type { Transition } from '../core/ledger/transitions.ts';
import type { SettleOnce } from '../core/ports/stage-ports.ts';
import type { LedgerStore, LedgerWritten } from '../core/ports/stores.ts';

const keyPrefix = 'freshet';

/**
 * {@link SettleOnce} over Powertools.
 *
 * @throws {ConfigError} `ENVIRONMENT_INVALID` where `POWERTOOLS_IDEMPOTENCY_DISABLED` is set: the model would answer and nothing be kept
 */
export const powertoolsOnce = (claims: LedgerStore): SettleOnce => {
  const config = new IdempotencyConfig({
    throwOnNoIdempotencyKey: true,
    useLocalCache: false,
    hashFunction: 'sha256',
  });
  if (!config.isEnabled())
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message:
        'POWERTOOLS_IDEMPOTENCY_DISABLED is set; expected it unset, for decisions would be made again at every delivery. Remove it from the environment',
    });
  // It only asks how long the claim may be locked; that is the lease's business, not its.
  config.lambdaContext = leaseGoverns;
  return async (held, body) => {
    const store = new HeldClaim(claims, held);
    const call = makeIdempotent((_key: string): Promise<Transition> => body(), {
      persistenceStore: store,
      config,
      keyPrefix,
    });
    await call(held.item.key);
    return store.written;
  };
};

const leaseGoverns = { getRemainingTimeInMillis: () => 1 } as unknown as Context;

/** A store for one call: its put consumes the claim that is held, its update writes the transition that the verdict asks for. */
class HeldClaim extends BasePersistenceLayer {
  written: LedgerWritten = {
    kind: 'unavailable',
    cause: new Error('the model call ended without a transition'),
  };
  readonly #claims: LedgerStore;
  readonly #held: { readonly item: LedgerItem; readonly owner: string };
  #isConsumed = false;

  constructor(claims: LedgerStore, held: { readonly item: LedgerItem; readonly owner: string }) {
    super();
    this.#claims = claims;
    this.#held = held;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    if (this.#isConsumed)
      throw new IdempotencyItemAlreadyExistsError('the claim was consumed by this call already', record);
    this.#isConsumed = true;
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    const transition = record.responseData as unknown as Transition;
    const { item } = this.#held;
    const [written] = await settleAll(this.#claims, [{ key: item.key, transition, seen: item }]);
    if (written) this.written = written;
  }

  protected override _deleteRecord(): Promise<void> {
    // Only a throw gets here, and the function inside returns a verdict instead.
    return Promise.reject(
      new InvariantError('STATE_TABLE_BROKEN', {
        message: 'the model call threw instead of answering with a verdict',
      }),
    );
  }

  protected override async _getRecord(idempotencyKey: string): Promise<IdempotencyRecord> {
    return new IdempotencyRecord({ idempotencyKey, status: IdempotencyRecordStatus.INPROGRESS });
  }
}
