/**
 * The features stage: state by entity, and vectors.
 *
 * Emit before advance: the fold is pure, so a crash in between makes the same outputs again under the same identity; the
 * other order would lose them behind the fence. There is no gate: state always folds, and a vector emitted again must be the same.
 */
import { deadLettersIn, topicIn } from '../contract/resolved.ts';
import { deadLetter } from '../dead-letter.ts';
import { outputRecord } from '../envelope.ts';
import { InvariantError } from '../errors.ts';
import type { Batch, BatchResult, FeaturesPorts, FreshnessSample } from '../ports/stage-ports.ts';
import type { Read, StoredRow, Written } from '../ports/stores.ts';
import type { OutputRecord } from '../record.ts';
import { foldEntity, type FoldStep } from '../rows/fold.ts';
import { emptyRow, openRow, stateDigest, storedRow, type Row } from '../rows/row.ts';
import type { FeaturesStage } from '../stages/features.ts';
import type { EpochMs } from '../units.ts';
import { isSettled, type RetryCause, type Verdict } from '../verdict.ts';
import { arrivals } from './arrival.ts';
import { contextViews, type ContextLookup } from './context-views.ts';
import { decodeSources } from './decode-sources.ts';
import { entityOf, type Decoded } from './decode.ts';
import { emit, type Emitted } from './emit.ts';
import { finishBatch } from './finish.ts';
import { conflictTries } from './margins.ts';
import { freshnessOf, hopOf } from './measure.ts';

export const featuresBatch = async (
  stage: FeaturesStage,
  ports: FeaturesPorts,
  batch: Batch,
): Promise<BatchResult> => {
  const { contract } = stage;
  const arrived = await arrivals(batch, ports, true);
  const decoded = await decodeSources(
    arrived,
    { source: contract.source, validators: ports.validators.source, deadlineMs: contract.deadlineMs },
    ports,
    batch,
  );
  const run = new FeaturesRun(stage, ports, batch, await contextViews(stage, ports.context, decoded));
  await run.settleLoose(decoded.filter(({ arrival }) => arrival.record.key === null));
  await run.settleEntities(byEntity(decoded.filter(({ arrival }) => arrival.record.key !== null)));
  const verdicts = decoded.map((item) => ({ at: item.arrival.at, verdict: run.verdictOf(item) }));
  return finishBatch({
    stage: 'features',
    ports,
    batch,
    verdicts,
    // What it does not settle in time it ends with a letter.
    measured: { ...run.measured, lost: run.measured.bad },
    minimumWaitMs: contract.features.mapping.minimumWaitMs,
    suggestionsMs: verdicts.filter(({ verdict }) => !isSettled(verdict)).map(() => 0),
  });
};

/** In the order of their offsets: one partition feeds one row, and a batch is in offset order. */
const byEntity = (items: readonly Decoded[]): ReadonlyMap<string, readonly Decoded[]> =>
  items.reduce((groups, item) => {
    const entity = entityOf(item.arrival.record.key ?? new Uint8Array());
    const group = groups.get(entity);
    if (group) group.push(item);
    else groups.set(entity, [item]);
    return groups;
  }, new Map<string, Decoded[]>());

interface EntityPlan {
  readonly entity: string;
  readonly items: readonly Decoded[];
  readonly stored: StoredRow | undefined;
  readonly row: Row;
  readonly steps: readonly FoldStep[];
}

class FeaturesRun {
  readonly measured: { freshness: FreshnessSample[]; bad: number; emitted: number; effects: number } = {
    freshness: [],
    bad: 0,
    emitted: 0,
    effects: 0,
  };
  readonly #stage: FeaturesStage;
  readonly #ports: FeaturesPorts;
  readonly #batch: Batch;
  readonly #contextOf: ContextLookup;
  readonly #verdicts = new Map<Decoded, Verdict>();
  /** Records whose vectors the broker refused for their size. */
  readonly #oversize = new Set<Decoded>();
  /** When the outputs of this round were made, and when they were acknowledged. */
  #round: { readonly madeAt: EpochMs; readonly emittedAt: EpochMs };

  constructor(stage: FeaturesStage, ports: FeaturesPorts, batch: Batch, contextOf: ContextLookup) {
    this.#stage = stage;
    this.#ports = ports;
    this.#batch = batch;
    this.#contextOf = contextOf;
    const now = ports.clock.now();
    this.#round = { madeAt: now, emittedAt: now };
  }

  verdictOf(item: Decoded): Verdict {
    return this.#verdicts.get(item) ?? { kind: 'retry', cause: 'store-unavailable' };
  }

  /** Records without a key belong to no row: a letter of theirs has no fence, and is emitted again at every delivery. */
  async settleLoose(items: readonly Decoded[]): Promise<void> {
    const letters = items.map((item) =>
      item.kind === 'refused' ? [this.#letter(item, item.reason, item.message)] : [],
    );
    const emitted = await emit(this.#ports.producer, letters);
    items.forEach((item, index) => {
      if (item.kind === 'ignored') this.#verdicts.set(item, { kind: 'ignored', type: item.type });
      else if (item.kind === 'deferred') this.#retry([item], 'registry-unavailable');
      else if (item.kind !== 'refused') return;
      else if (emitted[index]?.kind === 'acked') {
        this.#verdicts.set(item, { kind: 'dead-lettered', reason: item.reason });
        if (!this.#batch.redrive) this.measured.bad += 1;
      } else this.#retry([item], 'not-produced');
    });
  }

  /** A conflict on a write means that another worker advanced the row: it is read and folded again. */
  async settleEntities(entities: ReadonlyMap<string, readonly Decoded[]>): Promise<void> {
    let pending = entities;
    for (let tries = 0; tries < conflictTries && pending.size > 0; tries += 1) {
      const plans = await this.#plan(pending);
      const emitted = await this.#emit(plans);
      pending = await this.#advance(plans, emitted);
    }
    for (const items of pending.values()) this.#retry(items, 'store-unavailable');
  }

  async #plan(entities: ReadonlyMap<string, readonly Decoded[]>): Promise<readonly EntityPlan[]> {
    const names = [...entities.keys()];
    const read = await this.#ports.rows.read(names);
    return names.flatMap((entity, index) => {
      const items = entities.get(entity) ?? [];
      const answer: Read<StoredRow | undefined> | undefined = read[index];
      if (answer?.kind !== 'read') {
        this.#retry(items, 'store-unavailable');
        return [];
      }
      const { features, vectors } = this.#stage.contract;
      const row =
        answer.value === undefined
          ? emptyRow(this.#stage.initial, features.foldVersion)
          : openRow(answer.value, entity, features.foldVersion);
      const steps = foldEntity(row, items, {
        stage: this.#stage,
        bounds: { ...features, maxVectorBytes: vectors.maxRecordBytes - envelopeBytes },
        validators: this.#ports.validators,
        contextOf: this.#contextOf,
        isOversize: (item) => this.#oversize.has(item),
        redrive: this.#batch.redrive?.number,
      });
      return [{ entity, items, stored: answer.value, row, steps }];
    });
  }

  async #emit(plans: readonly EntityPlan[]): Promise<ReadonlyMap<Decoded, Emitted>> {
    const steps = plans.flatMap((plan) => plan.steps);
    const madeAt = this.#ports.clock.now();
    const emitted = await emit(
      this.#ports.producer,
      steps.map((step) => this.#outputs(step)),
    );
    this.#round = { madeAt, emittedAt: this.#ports.clock.now() };
    return new Map(
      steps.flatMap((step, index) => (emitted[index] ? [[step.item, emitted[index]] as const] : [])),
    );
  }

  #outputs(step: FoldStep): readonly OutputRecord[] {
    if (step.kind === 'stopped') return [];
    if (step.letter) return [this.#letter(step.item, step.letter.reason, step.letter.message)];
    const { item } = step;
    if (item.kind !== 'event' || step.vectors.length === 0) return [];
    const { contract } = this.#stage;
    const { receivedAt, environment } = this.#batch.invocation;
    const now = this.#ports.clock.now();
    const seen = this.#contextOf.seen(item);
    const rowDigest = stateDigest(step.rowAfter);
    return step.vectors.map((body, index) =>
      outputRecord({
        pipeline: contract.pipeline,
        stage: 'features',
        topic: topicIn(environment, contract.vectors),
        key: item.arrival.record.key,
        type: 'vector',
        body,
        input: item.envelope,
        index,
        now,
        hop: hopOf('features', item.arrival.record, item.envelope.publishedAt, {
          receivedAt,
          madeAt: now,
          externalMs: 0,
        }),
        sequence: step.rowAfter.version,
        flags: seen.flags,
        extensions: {
          rowversion: step.rowAfter.version,
          rowdigest: rowDigest,
          contextseen: seen.text,
        },
      }),
    );
  }

  #letter(item: Decoded, reason: Parameters<typeof deadLetter>[0]['reason'], message: string): OutputRecord {
    const { contract } = this.#stage;
    return deadLetter({
      pipeline: contract.pipeline,
      stage: 'features',
      topic: deadLettersIn(this.#batch.invocation.environment, contract.source),
      record: item.arrival.record,
      at: item.arrival.at,
      redrive: this.#batch.redrive?.number ?? 0,
      reason,
      message,
      maxSourceBytes: contract.source.maxRecordBytes,
    });
  }

  /** Writes each row, but only to before its first record whose output is not known to be in the log. */
  async #advance(
    plans: readonly EntityPlan[],
    emitted: ReadonlyMap<Decoded, Emitted>,
  ): Promise<ReadonlyMap<string, readonly Decoded[]>> {
    const again = new Map<string, readonly Decoded[]>();
    const advances = plans.flatMap((plan) => {
      if (this.#shrink(plan.steps, emitted)) {
        again.set(plan.entity, plan.items);
        return [];
      }
      const firstOpen = plan.steps.findIndex(
        (step) => step.kind === 'stopped' || emitted.get(step.item)?.kind !== 'acked',
      );
      const kept = firstOpen === -1 ? plan.steps : plan.steps.slice(0, firstOpen);
      const open = firstOpen === -1 ? [] : plan.steps.slice(firstOpen);
      open.forEach((step, index) => {
        const cause: RetryCause =
          step.kind === 'stopped' ? step.cause : index === 0 ? 'not-produced' : 'behind-unsettled';
        this.#retry([step.item], cause);
      });
      const last = kept.at(-1);
      const after = last?.kind === 'settled' ? last.rowAfter : plan.row;
      return [{ plan, kept, after }];
    });
    const changed = advances.filter(({ plan, after }) => after !== plan.row);
    const written =
      changed.length === 0
        ? []
        : await this.#ports.rows.write(
            changed.map(({ plan, after }) => ({
              entity: plan.entity,
              expected: plan.stored?.digest ?? null,
              row: storedRow(after),
            })),
          );
    const writtenByPlan = new Map<EntityPlan, Written | undefined>(
      changed.map(({ plan }, index) => [plan, written[index]]),
    );
    await this.#lookAgain(
      changed.filter((_, index) => written[index]?.kind === 'unavailable'),
      writtenByPlan,
    );
    for (const { plan, kept, after } of advances) {
      const answer = after === plan.row ? ({ kind: 'applied' } as const) : writtenByPlan.get(plan);
      switch (answer?.kind) {
        case 'applied':
          for (const step of kept) this.#settle(step);
          break;
        case 'conflict':
          again.set(plan.entity, plan.items);
          break;
        case 'unavailable':
        case undefined:
          this.#retry(plan.items, 'store-unavailable');
          break;
      }
    }
    return again;
  }

  /** A write without an answer may have happened: the row itself tells. */
  async #lookAgain(
    unanswered: readonly { readonly plan: EntityPlan; readonly after: Row }[],
    written: Map<EntityPlan, Written | undefined>,
  ): Promise<void> {
    if (unanswered.length === 0) return;
    const read = await this.#ports.rows.read(unanswered.map(({ plan }) => plan.entity));
    unanswered.forEach(({ plan, after }, index) => {
      const row = read[index];
      if (row?.kind === 'read' && row.value?.digest === storedRow(after).digest)
        written.set(plan, { kind: 'applied' });
    });
  }

  /** The broker's limit is below the contract's: whether there is something to fold again, with these refused for their size. */
  #shrink(steps: readonly FoldStep[], emitted: ReadonlyMap<Decoded, Emitted>): boolean {
    const found = steps.filter(
      (step) =>
        step.kind === 'settled' &&
        step.letter === undefined &&
        emitted.get(step.item)?.kind === 'too-large' &&
        !this.#oversize.has(step.item),
    );
    for (const { item } of found) this.#oversize.add(item);
    return found.length > 0;
  }

  #settle(step: FoldStep): void {
    if (step.kind === 'stopped')
      throw new InvariantError('STATE_TABLE_BROKEN', {
        message: 'a record that was stopped cannot be settled',
      });
    const { item } = step;
    this.#verdicts.set(item, step.verdict);
    this.measured.emitted += step.vectors.length;
    if (step.letter && !this.#batch.redrive) this.measured.bad += 1;
    if (item.kind !== 'event' || step.verdict.kind === 'fenced' || step.letter || this.#batch.redrive) return;
    const { madeAt, emittedAt } = this.#round;
    const hop = hopOf('features', item.arrival.record, item.envelope.publishedAt, {
      receivedAt: this.#batch.invocation.receivedAt,
      madeAt,
      externalMs: 0,
    });
    this.measured.freshness.push(
      freshnessOf(item.envelope, hop, madeAt, emittedAt, this.#stage.contract.freshness.targetMs),
    );
  }

  #retry(items: readonly Decoded[], cause: RetryCause): void {
    for (const item of items) this.#verdicts.set(item, { kind: 'retry', cause });
  }
}

/** Room for the envelope of a vector within the topic's largest record. */
const envelopeBytes = 8_192;
