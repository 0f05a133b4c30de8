/** Plays deliveries through the real core, on ports in memory, and holds the results against each other. */
import { compiledValidators } from '../adapters/schemas/compiled-validators.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { processBatch, type StageWithPorts } from '../core/process.ts';
import type { CommonPorts, Invocation } from '../core/ports/stage-ports.ts';
import type { SourceRecord } from '../core/record.ts';
import { epochMsOf, type EpochMs } from '../core/units.ts';
import { isSettled, laterVerdict, verdictLabel, type Verdict } from '../core/verdict.ts';
import { atOnce, schedules, type Delivery, type Schedule } from './deliveries.ts';
import { firstDifference } from './difference.ts';
import { letterOf, type GivenLetter } from './emission.ts';
import type { Findings } from './findings.ts';
import { MemoryLog } from './memory-log.ts';
import { MemoryOperations } from './memory-operations.ts';
import { differenceText, impurityText } from './laws.ts';
import type { PurityWatch } from './purity.ts';
import { VirtualClock } from './virtual-clock.ts';
import { finished, Worker } from './worker.ts';

export const testEnvironment = 'test';

/** What an invocation has, ms; it passes only where timers do. */
const invocationMs = 60_000;

/** Deliveries until everything is settled: more means that it never will be. */
const mostDeliveries = 200;

/** One run of a stage: its stores, and what it wrote. */
export interface Stand {
  /** The stage with its ports, as a worker reaches them. */
  readonly bound: (worker: Worker, common: CommonPorts) => StageWithPorts;
  /** Called when a worker crashed. */
  readonly crashed: () => void;
}

export interface Run {
  readonly log: MemoryLog;
  readonly clock: VirtualClock;
  readonly operations: MemoryOperations;
  /** Of each record, in the order given. */
  readonly verdicts: readonly Verdict[];
  /** Calls of the ports in the first delivery. */
  readonly calls: readonly string[];
}

export interface Rehearsed {
  readonly contract: ResolvedContract;
  readonly records: readonly SourceRecord[];
  /** When the first delivery happens. */
  readonly start: EpochMs;
  /** Makes the stores of a run. */
  readonly stand: () => Stand;
  /** What is seen of the domain's functions, in all runs. */
  readonly watch: PurityWatch;
  /** Before the records are delivered. */
  readonly prepare?: (common: CommonPorts, stand: Stand) => Promise<void>;
}

/** Delivers until every record is settled. */
const play = async (
  { contract, records: given, start, stand, prepare }: Rehearsed,
  schedule: Schedule,
): Promise<Run & { readonly stand: Stand }> => {
  const clock = new VirtualClock(start);
  const records = schedule.records ?? given;
  const log = new MemoryLog(() => clock.now());
  const operations = new MemoryOperations(clock);
  const verdicts: (Verdict | undefined)[] = records.map(() => undefined);
  const made = stand();
  let tokens = 0;
  let calls: readonly string[] = [];

  const commonOf = (worker: Worker): CommonPorts => ({
    clock,
    random: { token: () => `token-${(tokens += 1)}` },
    producer: worker.port('producer', log),
    topics: worker.port('topics', log),
    operations: worker.port('operations', operations),
    verdicts: { record: async () => {} },
    telemetry: { batch: () => {}, log: () => {} },
    validators: compiledValidators(contract),
  });
  const deliver = async (
    { records: positions, crashAt, overtaken }: Delivery,
    forgets = true,
  ): Promise<void> => {
    const worker = new Worker(
      crashAt,
      overtaken && { call: overtaken.call, meanwhile: () => deliver({ records: overtaken.records }, false) },
    );
    const receivedAt = clock.now();
    const invocation: Invocation = {
      id: 'test',
      receivedAt,
      deadline: epochMsOf(receivedAt + invocationMs),
      response: 'partial',
      environment: testEnvironment,
    };
    const batch = {
      records: positions.flatMap((position) => records[position] ?? []),
      invocation,
    };
    const work = processBatch(made.bound(worker, commonOf(worker)), batch);
    const result = await finished(worker, clock, work, forgets);
    if (calls.length === 0) calls = worker.calls;
    if (result === undefined) {
      made.crashed();
      return;
    }
    positions.forEach((position, index) => {
      const verdict = result.verdicts[index]?.verdict;
      if (verdict) verdicts[position] = laterVerdict(verdicts[position], verdict);
    });
  };

  await prepare?.(commonOf(new Worker()), made);
  for (const delivery of schedule.deliveries) await deliver(delivery);
  for (let more = 0; more < mostDeliveries; more += 1) {
    const open = verdicts.flatMap((verdict, position) =>
      verdict === undefined || !isSettled(verdict) ? [position] : [],
    );
    if (open.length === 0) break;
    await deliver({ records: open });
  }
  return {
    log,
    clock,
    operations,
    calls,
    stand: made,
    verdicts: verdicts.map((verdict) => verdict ?? { kind: 'retry', cause: 'in-flight' }),
  };
};

export interface Trial<Result> {
  readonly findings: Findings;
  readonly result: Result;
}

/**
 * Plays everything at once, then every other schedule, and refuses results that differ.
 *
 * @param judge - what a run came to
 * @param allowed - a difference that a schedule may make, by the name of the finding
 * @throws {Error} naming the delivery and what it changed
 */
export const rehearse = async <Result>(
  rehearsed: Rehearsed,
  judge: (run: Run & { readonly stand: Stand }) => Trial<Result>,
  allowed: (name: string, expected: unknown, got: unknown, schedule: Schedule) => boolean = () => false,
): Promise<Result> => {
  const whole = atOnce(rehearsed.records.length);
  const base = await watched(rehearsed, whole);
  const { findings, result } = judge(base);
  for (const schedule of schedules(rehearsed.records, base.calls)) {
    const other = judge(await watched(rehearsed, schedule)).findings;
    for (const name of new Set([...Object.keys(findings), ...Object.keys(other)])) {
      const difference = firstDifference(findings[name], other[name]);
      if (difference && !allowed(name, findings[name], other[name], schedule))
        throw new Error(differenceText(name, difference, schedule));
    }
  }
  return result;
};

/** Plays, and refuses what the domain's functions must not do: that is why a run fails, whatever it fails with. */
const watched = async (
  rehearsed: Rehearsed,
  schedule: Schedule,
): Promise<Run & { readonly stand: Stand }> => {
  const refuse = (cause?: unknown): void => {
    const { impurity } = rehearsed.watch;
    if (impurity) throw new Error(impurityText(impurity, schedule), { cause });
  };
  try {
    const run = await play(rehearsed, schedule);
    refuse();
    const { conflict } = run.log;
    if (conflict) throw new Error(differenceText(`the output ${conflict.id}`, conflict.difference, schedule));
    return run;
  } catch (thrown) {
    refuse(thrown);
    throw thrown;
  }
};

export const labelsOf = ({ verdicts }: Pick<Run, 'verdicts'>): readonly string[] =>
  verdicts.map(verdictLabel);

export const lettersOf = ({ log }: Pick<Run, 'log'>): readonly GivenLetter[] => log.letters().map(letterOf);

/** Verdicts that a duplicate may have hidden: a crash after the row was written leaves only the redelivery's `fenced`. */
export const isHidden = (name: string, got: unknown, { deliveries }: Schedule): boolean =>
  name.startsWith('the verdict') && got === 'fenced' && isCrashing({ deliveries });

export const isCrashing = ({ deliveries }: Pick<Schedule, 'deliveries'>): boolean =>
  deliveries.some(({ crashAt }) => crashAt !== undefined);
