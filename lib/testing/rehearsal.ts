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
import { PurityFaults } from './purity.ts';
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
  readonly faults: PurityFaults;
  /** Calls of the ports in the first delivery. */
  readonly calls: readonly string[];
}

export interface Rehearsed {
  readonly contract: ResolvedContract;
  readonly records: readonly SourceRecord[];
  /** When the first delivery happens. */
  readonly start: EpochMs;
  /** Makes the stores of a run. */
  readonly stand: (run: Pick<Run, 'clock' | 'faults'>) => Stand;
  /** Before the records are delivered. */
  readonly prepare?: (common: CommonPorts, stand: Stand) => Promise<void>;
}

/** Delivers until every record is settled. */
const play = async (
  { contract, records, start, stand, prepare }: Rehearsed,
  schedule: Schedule,
): Promise<Run & { readonly stand: Stand }> => {
  const clock = new VirtualClock(start);
  const faults = new PurityFaults();
  const log = new MemoryLog(() => clock.now());
  const operations = new MemoryOperations(clock);
  const verdicts: (Verdict | undefined)[] = records.map(() => undefined);
  const made = stand({ clock, faults });
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
  const deliver = async ({ records: positions, crashAt }: Delivery): Promise<void> => {
    const worker = new Worker(crashAt);
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
    const result = await finished(worker, clock, work);
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
    faults,
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
  const base = await play(rehearsed, atOnce(rehearsed.records.length));
  base.faults.check();
  const { findings, result } = judge(base);
  for (const schedule of schedules(rehearsed.records, base.calls)) {
    const run = await play(rehearsed, schedule);
    run.faults.check();
    const other = judge(run).findings;
    for (const name of new Set([...Object.keys(findings), ...Object.keys(other)])) {
      const difference = firstDifference(findings[name], other[name]);
      if (difference && !allowed(name, findings[name], other[name], schedule))
        throw new Error(
          `When ${schedule.name}, ${name} is another: ${difference.path || 'it'} was ${difference.expected}, and now is ${difference.got}. ` +
            'Expected the same, for a mapping may deliver so. Fix: let the functions depend on their input alone: no clock, no randomness, nothing kept between calls.',
        );
    }
  }
  return result;
};

export const labelsOf = ({ verdicts }: Pick<Run, 'verdicts'>): readonly string[] =>
  verdicts.map(verdictLabel);

export const lettersOf = ({ log }: Pick<Run, 'log'>): readonly GivenLetter[] => log.letters().map(letterOf);

/** Verdicts that a duplicate may have hidden: a crash after the row was written leaves only the redelivery's `fenced`. */
export const isHidden = (name: string, got: unknown, { deliveries }: Schedule): boolean =>
  name.startsWith('the verdict') && got === 'fenced' && isCrashing({ deliveries });

export const isCrashing = ({ deliveries }: Pick<Schedule, 'deliveries'>): boolean =>
  deliveries.some(({ crashAt }) => crashAt !== undefined);
