/** An operator who says what became of effects in doubt, as the downstream's own book has it. */
import { TransientError } from '../../core/errors.ts';
import { idempotencyKey } from '../../core/identity.ts';
import { applyResolution, planResolution } from '../../ops/effects/resolve-effect.ts';
import { environment, type Deployment } from './deployment.ts';
import type { Actor } from './world.ts';
import { ledgerOf, verdictJournalOf } from './workers.ts';

interface Resolution {
  readonly key: string;
  readonly to: 'DONE' | 'FAILED';
  isOver: boolean;
}

export class SimResolutions {
  readonly #deployment: Deployment;
  readonly #resolutions: Resolution[] = [];
  readonly #running = new Map<Resolution, Actor>();

  readonly #senders: () => readonly Actor[];

  /** @param senders - whoever may still send something */
  constructor(deployment: Deployment, senders: () => readonly Actor[]) {
    this.#deployment = deployment;
    this.#senders = senders;
  }

  get isDone(): boolean {
    return this.#resolutions.every(({ isOver }) => isOver);
  }

  get workers(): readonly Actor[] {
    return [...this.#running.values()];
  }

  /** Resolves any of the effects that are in doubt by now. */
  begin(): void {
    const keys = this.#inDoubt;
    const key = keys[this.#deployment.world.tape.pick(keys.length)];
    if (key !== undefined) this.#begin(key);
  }

  /** Resolves each second effect that is in doubt when nothing else happens any more: the others stay as they are. */
  beginSome(): void {
    this.#inDoubt.filter((_, index) => index % 2 === 0).forEach((key) => this.#begin(key));
  }

  /** Goes on with what is not over: the same command again, whoever crashed. */
  repeat(): void {
    for (const resolution of this.#resolutions) this.#resolve(resolution);
  }

  get #inDoubt(): readonly string[] {
    const begun = new Set(this.#resolutions.filter(({ isOver }) => !isOver).map(({ key }) => key));
    return [...this.#deployment.stores.effects.values()]
      .filter(({ state, key }) => state === 'IN_DOUBT' && !begun.has(key))
      .map(({ key }) => key);
  }

  #begin(key: string): void {
    const { world, contract } = this.#deployment;
    const id = idempotencyKey(contract.pipeline, key);
    const isDone = world.journal.of('request').some((request) => request.key === id && request.effect);
    // What may still be sent by somebody is not known to be undone.
    if (!isDone && this.#mayStillBeSent(key)) return;
    const to = isDone ? 'DONE' : 'FAILED';
    world.tell(() => `an operator resolves ${key} to ${to}`);
    const resolution: Resolution = { key, to, isOver: false };
    this.#resolutions.push(resolution);
    this.#resolve(resolution);
  }

  /** Whether anybody who ever claimed it is still there. */
  #mayStillBeSent(key: string): boolean {
    const there = new Set(this.#senders().map(({ name }) => name));
    return this.#deployment.world.journal
      .of('ledger')
      .some((entry) => entry.store === 'effects' && entry.key === key && there.has(entry.actor));
  }

  #resolve(resolution: Resolution): void {
    if (resolution.isOver || this.#running.has(resolution)) return;
    const { world } = this.#deployment;
    const actor = world.actor(`resolver #${world.count()}`, () => this.#running.delete(resolution));
    this.#running.set(resolution, actor);
    this.#apply(resolution, actor).then(
      (isOver) => {
        resolution.isOver = isOver;
        if (isOver) this.#running.delete(resolution);
        else this.#again(resolution, actor);
      },
      (thrown: unknown) => {
        if (!(thrown instanceof TransientError) && actor.alive)
          world.journal.note(actor.name, { kind: 'threw', what: String(thrown) });
        this.#again(resolution, actor);
      },
    );
  }

  #again(resolution: Resolution, actor: Actor): void {
    this.#deployment.world.alarm(actor, 'resolve again', 1_000, () => this.#running.delete(resolution));
  }

  /** @returns whether there is nothing left to do */
  async #apply({ key, to }: Resolution, actor: Actor): Promise<boolean> {
    const { world, contract, broker, stores } = this.#deployment;
    const effects = ledgerOf(this.#deployment, actor, 'effects');
    const [read] = await effects.read([key]);
    if (read?.kind !== 'read') return false;
    // It has expired, or a redrive has opened it again.
    if (read.value === undefined) return true;
    const plan = planResolution({ contract }, read.value, to);
    if ('kind' in plan) return true;
    const resolved = await applyResolution(
      {
        contract,
        environment,
        effects,
        clock: world.clockOf(actor),
        log: broker.producerOf(actor),
        operations: stores.operationsOf(actor),
        verdicts: verdictJournalOf(world, actor, 'action'),
      },
      plan,
      { who: actor.name, why: 'the downstream was asked' },
    );
    return resolved.kind === 'resolved';
  }
}
