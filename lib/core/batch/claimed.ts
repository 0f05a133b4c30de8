/**
 * The way of a batch through a stage with claims: inference and action.
 *
 * decode → group by key → claim → gate → run → freeze → emit; then the claims of vanished workers, one after the other, each
 * alone; then the wait and the answer. What is emitted is always what is stored.
 */
import type { ResolvedContract, ResolvedStage, ResolvedTopic } from '../contract/resolved.ts';
import { isLetter } from '../dead-letter.ts';
import type { FrozenWork, StoredRecord } from '../ledger/item.ts';
import { outputOf } from '../ledger/stored-record.ts';
import type { Transition } from '../ledger/transitions.ts';
import type {
  Batch,
  BatchResult,
  CommonPorts,
  FreshnessSample,
  RecordVerdict,
  Validator,
} from '../ports/stage-ports.ts';
import type { LedgerStore } from '../ports/stores.ts';
import type { OutputRecord } from '../record.ts';
import type { EpochMs } from '../units.ts';
import { isSettled, type Verdict } from '../verdict.ts';
import { arrivals } from './arrival.ts';
import {
  claimKeys,
  takeOverClaim,
  type ClaimRules,
  type Held,
  type Hold,
  type KeyAnswer,
  type KeyGroup,
} from './claim.ts';
import { decodeChained, type Chained } from './decode.ts';
import { emit } from './emit.ts';
import { endingsOf, type Ending } from './endings.ts';
import { logFailedAttempts, type FailedAttempt } from './failed-attempts.ts';
import { finishBatch } from './finish.ts';
import { finishMs } from './margins.ts';
import { freshnessOf, hopOf } from './measure.ts';
import { transitionFor, type RunOutcome } from './outcome.ts';
import { ranOf, settleAll, type Ran } from './settle.ts';
import { stageRecords, type OutputOfRun, type StageRecords } from './stage-records.ts';
import { outcomeWithoutRun } from './without-run.ts';

/** What inference and action differ in. */
export interface ClaimedStage {
  readonly name: 'inference' | 'action';
  readonly contract: ResolvedContract;
  readonly options: ResolvedStage & {
    readonly late: 'flag' | 'suppress';
    readonly giveUp: { readonly afterMs: number; readonly attempts: number };
  };
  readonly input: ResolvedTopic;
  readonly inputType: string;
  readonly validator: Validator;
  readonly policy: 'model' | 'keyed' | 'at-most-once';
  readonly ledger: LedgerStore;
  /** Pure: what is frozen with a new claim. */
  readonly freeze: (chained: Chained) => FrozenWork;
  /** Whether the kill switch or the limit holds back what would be sent. Asked before the claim. */
  readonly look: () => Promise<Hold | undefined>;
  /** Runs and freezes what the gate let through. One answer per claim, in order. */
  readonly run: (helds: readonly Held[], settling: Settling) => Promise<readonly Ran[]>;
}

/** What a stage needs to freeze what it ran. */
export interface Settling {
  /** The state table's answer to an outcome of our own claim. */
  readonly transition: (held: Held, outcome: RunOutcome) => Transition;
  readonly output: (held: Held, parts: OutputOfRun) => StoredRecord;
  /** Whether a claim must not be run, as of now: time has passed since the gate let it through. */
  readonly outcomeWithoutRun: (held: Held) => RunOutcome | undefined;
  readonly settle: (
    runs: readonly { readonly held: Held; readonly outcome: RunOutcome; readonly externalMs: number }[],
  ) => Promise<readonly Ran[]>;
}

export const claimedBatch = (stage: ClaimedStage, ports: CommonPorts, batch: Batch): Promise<BatchResult> =>
  new ClaimedRun(stage, ports, batch).process();

const noTimeLeft: KeyAnswer = { kind: 'retry', cause: 'no-time-left', waitMs: 0, item: undefined };

class ClaimedRun {
  readonly #stage: ClaimedStage;
  readonly #ports: CommonPorts;
  readonly #batch: Batch;
  readonly #records: StageRecords;
  readonly #frozen = new Map<Chained, FrozenWork>();
  readonly #verdicts = new Map<Chained, Verdict>();
  readonly #suggestionsMs: number[] = [];
  readonly #failed: FailedAttempt[] = [];
  readonly #measured: {
    freshness: FreshnessSample[];
    bad: number;
    lost: number;
    emitted: number;
    effects: number;
  } = {
    freshness: [],
    bad: 0,
    lost: 0,
    emitted: 0,
    effects: 0,
  };
  #hold: Hold | undefined;

  constructor(stage: ClaimedStage, ports: CommonPorts, batch: Batch) {
    this.#stage = stage;
    this.#ports = ports;
    this.#batch = batch;
    this.#records = stageRecords(stage, batch, ports.clock);
  }

  async process(): Promise<BatchResult> {
    const arrived = await arrivals(this.#batch, this.#ports, false);
    const records = arrived.map((arrival) =>
      decodeChained(arrival, this.#stage.inputType, this.#stage.validator),
    );
    const groups = byKey(records);
    const answers = this.#hasTimeLeft() ? await this.#claim(groups) : new Map<string, KeyAnswer>();

    await this.#workOn(groups.map((group) => [group, answers.get(group.key) ?? noTimeLeft] as const));
    // A record that killed its worker must not take neighbours with it: everything else is out before the first of these is run.
    for (const group of groups) {
      const answer = answers.get(group.key);
      if (answer?.kind === 'suspect') await this.#workOn([[group, await this.#takeOver(answer)]]);
    }
    logFailedAttempts(this.#ports.telemetry, this.#batch.invocation.id, this.#failed);
    const verdicts = records.map((chained): RecordVerdict => ({
      at: chained.arrival.at,
      verdict: this.#verdicts.get(chained) ?? { kind: 'retry', cause: 'in-flight' },
    }));
    return finishBatch({
      stage: this.#stage.name,
      ports: this.#ports,
      batch: this.#batch,
      verdicts,
      measured: this.#measured,
      minimumWaitMs: this.#stage.options.mapping.minimumWaitMs,
      suggestionsMs: this.#suggestionsMs,
    });
  }

  /** New work is begun only while there is time to run it and to write down what came of it. */
  #hasTimeLeft(): boolean {
    const { externalMs, processMs } = this.#stage.options.budget;
    return this.#batch.invocation.deadline - this.#ports.clock.now() > finishMs + externalMs + processMs;
  }

  async #claim(groups: readonly KeyGroup[]): Promise<ReadonlyMap<string, KeyAnswer>> {
    this.#hold = await this.#stage.look();
    return claimKeys(groups, this.#claimRules());
  }

  #claimRules(): ClaimRules {
    return {
      ledger: this.#stage.ledger,
      clock: this.#ports.clock,
      random: this.#ports.random,
      deadline: this.#batch.invocation.deadline,
      redrive: this.#batch.redrive,
      keyRetentionMs: this.#stage.contract.keyRetentionMs,
      policy: this.#stage.policy,
      freeze: (chained) => this.#freeze(chained),
      holdFor: (work) => (work.kind === 'run' ? this.#hold : undefined),
      doubtLetter: (chained, item, message) =>
        this.#records.keptLetter(chained, 'unknown-outcome', message, item.redrive),
    };
  }

  #freeze(chained: Chained): FrozenWork {
    const known = this.#frozen.get(chained);
    if (known) return known;
    const work = this.#stage.freeze(chained);
    this.#frozen.set(chained, work);
    return work;
  }

  async #takeOver(suspect: Extract<KeyAnswer, { kind: 'suspect' }>): Promise<KeyAnswer> {
    return this.#hasTimeLeft() ? takeOverClaim(suspect, this.#claimRules()) : noTimeLeft;
  }

  /** Gate, run, freeze and emit for some keys of the batch. */
  async #workOn(answered: readonly (readonly [KeyGroup, KeyAnswer])[]): Promise<void> {
    const helds = answered.flatMap(([, answer]) => (answer.kind === 'held' ? [answer.held] : []));
    const settling = this.#settling();
    const withoutRun: { held: Held; outcome: RunOutcome; externalMs: number }[] = [];
    const toRun: Held[] = [];
    for (const held of helds) {
      const outcome = this.#outcomeWithoutRun(held);
      if (outcome) withoutRun.push({ held, outcome, externalMs: 0 });
      else toRun.push(held);
    }
    const ran = [
      ...(await settling.settle(withoutRun)),
      ...(toRun.length === 0 ? [] : await this.#stage.run(toRun, settling)),
    ];
    this.#failed.push(...ran.flatMap(({ failed }) => failed ?? []));
    const ranByHeld = new Map(ran.map((one) => [one.held, one]));
    await this.#conclude(
      answered
        .filter(([, answer]) => answer.kind !== 'suspect')
        .flatMap(([group, answer]) =>
          endingsOf(
            group,
            answer,
            answer.kind === 'held' ? ranByHeld.get(answer.held) : undefined,
            (chained, reason, message) => this.#records.letter(chained, reason, message, 0),
          ),
        ),
    );
  }

  #outcomeWithoutRun(held: Held): RunOutcome | undefined {
    const { contract, policy, options } = this.#stage;
    const pastDeadline = this.#batch.redrive?.pastDeadline === true;
    const { giveUp, late } = options;
    return outcomeWithoutRun(held, { contract, policy, giveUp, late, pastDeadline }, this.#ports.clock.now());
  }

  #settling(): Settling {
    const { contract, policy, options, ledger } = this.#stage;
    const transition = (held: Held, outcome: RunOutcome): Transition =>
      transitionFor(
        outcome,
        held.item,
        held.owner,
        {
          policy,
          giveUp: options.giveUp,
          keyRetentionMs: contract.keyRetentionMs,
          suppressed: (reason) => [this.#records.suppressed(held, reason)],
          letter: (reason, message) =>
            this.#records.keptLetter(held.chained, reason, message, held.item.redrive),
        },
        this.#ports.clock.now(),
      );
    return {
      transition,
      output: (held, parts) => this.#records.output(held, parts),
      outcomeWithoutRun: (held) => this.#outcomeWithoutRun(held),
      settle: async (runs) => {
        const written = await settleAll(
          ledger,
          runs.map(({ held, outcome }) => ({
            key: held.item.key,
            transition: transition(held, outcome),
            seen: held.item,
          })),
        );
        const now = this.#ports.clock.now();
        return runs.flatMap(({ held, outcome, externalMs }, index) => {
          const answer = written[index];
          return answer === undefined ? [] : [ranOf(held, outcome, answer, externalMs, now)];
        });
      },
    };
  }

  /** Emits what the keys have come to, in one call, and gives every record its verdict. */
  async #conclude(endings: readonly Ending[]): Promise<void> {
    const emitted = await emit(
      this.#ports.producer,
      endings.map(({ emits }) => emits),
    );
    const now = this.#ports.clock.now();
    const refused: Ending[] = [];
    endings.forEach((ending, index) => {
      const answer = emitted[index];
      if (answer?.kind === 'too-large' && !isLetter(answer.record)) {
        refused.push(this.#oversize(ending, answer.record));
        return;
      }
      const isOut = answer?.kind === 'acked';
      const verdict: Verdict = isOut ? ending.verdict : { kind: 'retry', cause: 'not-produced' };
      for (const chained of ending.records) this.#verdicts.set(chained, verdict);
      if (!isSettled(verdict)) this.#suggestionsMs.push(isOut ? ending.waitMs : 0);
      if (isOut || ending.isFrozen) this.#measure(ending, isOut ? now : undefined);
    });
    if (refused.length > 0) await this.#conclude(refused);
  }

  /**
   * The broker takes less than the contract allows, and will refuse every delivery alike: a letter goes in place of what is
   * stored. The item stays as it is, so that a redrive emits it once the topic's limit is raised.
   */
  #oversize(ending: Ending, { topic }: OutputRecord): Ending {
    const { records, redrive } = ending;
    const [first] = records;
    const message = `${ending.verdict.kind} and stored, but its output is larger than topic ${topic} takes: raise the topic's max.message.bytes to the contract's maxRecordBytes, then redrive`;
    return {
      ...ending,
      verdict: { kind: 'dead-lettered', reason: 'oversize' },
      emits: first === undefined ? [] : [outputOf(this.#records.letter(first, 'oversize', message, redrive))],
    };
  }

  /**
   * Only what this batch settled, and only live records: stored results that are emitted again and redrives never count.
   *
   * @param emittedAt - `undefined` where it is frozen but not out: a bad event, for the delivery that gets it out cannot tell
   * itself from a duplicate, and an outage of the broker must not make freshness look better
   */
  #measure({ verdict, emits, ran, isNew }: Ending, emittedAt: EpochMs | undefined): void {
    if (!isNew) return;
    const isLost = verdict.kind === 'dead-lettered' || verdict.kind === 'in-doubt';
    if (!isLost && emittedAt !== undefined) this.#measured.emitted += emits.length;
    if (ran?.isDone) this.#measured.effects += 1;
    if (this.#batch.redrive !== undefined || (ran?.held.item.redrive ?? 0) > 0) return;
    const isEnd = isLost || (verdict.kind === 'suppressed' && verdict.reason === 'late');
    if (isEnd) this.#measured.lost += 1;
    if (isEnd || emittedAt === undefined) {
      this.#measured.bad += 1;
      return;
    }
    if (ran?.held.chained.envelope === undefined) return;
    const { chained } = ran.held;
    const { envelope } = ran.held.chained;
    const { receivedAt } = this.#batch.invocation;
    const { madeAt, externalMs } = ran;
    const hop = hopOf(this.#stage.name, chained.arrival.record, envelope.publishedAt, {
      receivedAt,
      madeAt,
      externalMs,
    });
    const { targetMs } = this.#stage.contract.freshness;
    this.#measured.freshness.push(freshnessOf(envelope, hop, madeAt, emittedAt, targetMs));
  }
}

const byKey = (records: readonly Chained[]): readonly KeyGroup[] => {
  const groups = new Map<string, [Chained, ...Chained[]]>();
  for (const record of records) {
    const group = groups.get(record.key);
    if (group) group.push(record);
    else groups.set(record.key, [record]);
  }
  return [...groups].map(([key, grouped]) => ({ key, records: grouped }));
};
