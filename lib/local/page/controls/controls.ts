import { randomUUID } from 'node:crypto';
import { TransientError, UsageError } from '../../../core/errors.ts';
import type { Deployment, Operator } from '../../../ops/deployment.ts';
import { applySwitch, planSwitch } from '../../../ops/kill-switch.ts';
import type { RunParts } from '../../run-parts.ts';
import { localEnvironment } from '../../pipeline-choice.ts';
import { eventKey } from '../feed/event-key.ts';
import type { Control } from '../protocol/page-api.ts';
import type { PageControls } from '../protocol/page-state.ts';
import { poisonRecord } from './poison.ts';

/** What whoever watches a run can do to it. Nothing of it loses or doubles anything: the books show it. */
export class Controls {
  readonly #parts: RunParts;
  readonly #deployment: Deployment;
  readonly #operator: Operator;
  #isActionPaused: boolean | undefined;

  /** @param operator - whom the audit trail names */
  constructor(parts: RunParts, deployment: Deployment, operator: Operator) {
    this.#parts = parts;
    this.#deployment = deployment;
    this.#operator = operator;
  }

  get state(): PageControls {
    const { player, receiver, chain, killSwitch } = this.#parts;
    // The watch looks at the switch every now and then: until it agrees, what was set here last is so.
    if (this.#isActionPaused === killSwitch.isOn) this.#isActionPaused = undefined;
    return {
      isPlayingPaused: player.isPaused,
      speed: player.speed,
      receiver: receiver.isListening ? 'answers' : 'dropped',
      modelDelayMs: chain.stage('inference')?.modelDelayMs ?? 0,
      isActionPaused: this.#isActionPaused ?? killSwitch.isOn,
    };
  }

  /**
   * Does what is asked for.
   *
   * @returns what was done, in words
   * @throws {UsageError} for a stage that there is not
   */
  async apply(control: Control): Promise<string> {
    const { receiver } = this.#parts;
    switch (control.kind) {
      case 'play':
      case 'pause':
      case 'speed':
        return this.#play(control);
      case 'kill-worker':
        return this.#killWorker(control.stage);
      case 'receiver':
        if (control.is === 'answers') await receiver.restore();
        else await receiver.drop();
        return control.is === 'answers'
          ? 'The receiver is back on its port: what waited for it is sent again, under the same keys.'
          : 'The receiver is gone: connections to it are refused until it is brought back.';
      case 'model-delay':
        this.#slowModel(control.ms);
        return control.ms === 0
          ? 'The model is as fast as it is.'
          : `Each call of the model takes ${control.ms} ms longer.`;
      case 'poison':
        return this.#poison();
      case 'action':
        return this.#switchAction(control.is === 'paused');
    }
  }

  /** Undoes what would keep the run from ending: whoever stops it waits for no receiver that is gone. */
  async heal(): Promise<void> {
    await this.#parts.receiver.restore();
    this.#slowModel(0);
  }

  #play(control: Extract<Control, { kind: 'play' | 'pause' | 'speed' }>): string {
    const { player } = this.#parts;
    if (control.kind === 'play') player.resume();
    else if (control.kind === 'pause') player.pause();
    else
      player.speed = control.factor === 'fast' ? { kind: 'fast' } : { kind: 'paced', factor: control.factor };
    if (player.isOver) return 'The recording is over: there is nothing more to play.';
    if (player.isPaused) return 'Nothing more is published; what was published is processed to its end.';
    return player.speed.kind === 'fast'
      ? 'It is played as fast as the pipeline goes.'
      : `It is played at ${player.speed.factor} simulated seconds a second.`;
  }

  async #killWorker(name: string): Promise<string> {
    const stage = this.#parts.chain.stage(name);
    if (stage === undefined)
      throw new UsageError('USAGE', {
        message: `got stage "${name}", expected one of ${this.#parts.chain.stages.map((each) => each.name).join(', ')}. Fix: name one of them.`,
      });
    switch (await stage.killWorker()) {
      case 'busy':
        return `A worker of ${name} was killed in the midst of a batch: the batch is delivered again.`;
      case 'idle':
        return `A worker of ${name} was killed while it had nothing to do: the next batch starts another.`;
      case 'none':
        return `No worker of ${name} has started yet: there was none to kill.`;
    }
  }

  #slowModel(ms: number): void {
    const inference = this.#parts.chain.stage('inference');
    if (inference !== undefined) inference.modelDelayMs = ms;
  }

  async #poison(): Promise<string> {
    const { prepared, chain, lanes } = this.#parts;
    const { platform, built } = prepared;
    const { items, next } = lanes.source;
    const { key: member } = built.contract.source;
    const keyed = items[Math.min(next, items.length - 1)];
    const key = (keyed === undefined ? undefined : eventKey(keyed, member)) ?? 'poison';
    const record = poisonRecord(built.contract, {
      environment: localEnvironment,
      key,
      id: `poison-${randomUUID()}`,
      now: platform.clock.now(),
    });
    const [result] = await platform.log.produce([record]);
    if (result?.kind !== 'acked')
      throw new TransientError('LOG_UNAVAILABLE', {
        message: `${record.topic} did not take the event; try again`,
        cause: result?.kind === 'failed' ? result.cause : undefined,
      });
    chain.notify('source');
    return `An event that is not of the schema was published for ${key}, at ${record.topic}/${result.partition}/${result.offset}: it becomes a dead letter, and the others of ${key} go on.`;
  }

  async #switchAction(paused: boolean): Promise<string> {
    await applySwitch(this.#deployment, planSwitch('action', paused), this.#operator);
    this.#isActionPaused = paused;
    return paused
      ? 'Action is paused: what is under way ends, and nothing more is sent. Decisions wait.'
      : 'Action acts again: what waited is acted on, unless its deadline has passed.';
  }
}
