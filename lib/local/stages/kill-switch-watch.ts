import type { Clock } from '../../core/ports/clock.ts';
import type { OperationsStore } from '../../core/ports/stores.ts';
import { Rest } from '../rest.ts';

/** How often the switch is looked at. */
const lookEveryMs = 500;
/** A switch that stays on for so long disables the mapping: waiting would cost compute and burn retries. */
const disableAfterMs = 3_000;

interface Switched {
  disable(): Promise<void>;
  enable(): Promise<void>;
}

/** Watches the kill switch of a stage, and disables its mapping while it is on. */
export class KillSwitchWatch {
  readonly #operations: OperationsStore;
  readonly #stage: string;
  readonly #mapping: Switched;
  readonly #clock: Clock;
  #isOn = false;
  readonly #rest: Rest;
  #loop: Promise<void> | undefined;

  constructor(operations: OperationsStore, stage: string, mapping: Switched, clock: Clock) {
    this.#operations = operations;
    this.#stage = stage;
    this.#mapping = mapping;
    this.#clock = clock;
    this.#rest = new Rest(clock);
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  start(): void {
    this.#loop = this.#watch();
  }

  async stop(): Promise<void> {
    this.#rest.end();
    await this.#loop;
  }

  async #watch(): Promise<void> {
    let onSince: number | undefined;
    let isDisabled = false;
    while (!this.#rest.isOver) {
      const answer = await this.#operations.paused(this.#stage);
      // A switch that cannot be read is left as it was: the stage itself asks before each send.
      if (answer.kind === 'read') this.#isOn = answer.value;
      const now = this.#clock.now();
      onSince = this.#isOn ? (onSince ?? now) : undefined;
      if (onSince !== undefined && !isDisabled && now - onSince >= disableAfterMs) {
        await this.#mapping.disable();
        isDisabled = true;
      }
      if (!this.#isOn && isDisabled) {
        await this.#mapping.enable();
        isDisabled = false;
      }
      await this.#rest.take(lookEveryMs);
    }
  }
}
