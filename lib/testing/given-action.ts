import { ceHeader } from '../core/envelope.ts';
import { idempotencyKey, identityKey } from '../core/identity.ts';
import type { SourceRecord } from '../core/record.ts';
import type { TriggerTypes } from '../core/contract/trigger.ts';
import type { ActionStage, Transport } from '../core/stages/action.ts';
import { epochMsOf, type Duration } from '../core/units.ts';
import { chainedRecords, publishedLast } from './chained.ts';
import { letterOf, type Emission, type GivenLetter } from './emission.ts';
import { fakeTransport, type FakeTransport } from './fake-transport.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { PurityWatch } from './purity.ts';
import { isCrashing, labelsOf, lettersOf, rehearse, type Run, type Stand } from './rehearsal.ts';
import { watchedAction } from './watched-stages.ts';
import type { Worker } from './worker.ts';

export interface GivenEffect {
  /** The idempotency key. */
  readonly key: string;
  readonly request: unknown;
  /** How often it was sent. */
  readonly sends: number;
}

export interface ActionResult {
  /** Each effect once, in the order of the first sends. */
  readonly effects: readonly GivenEffect[];
  readonly outcomes: readonly unknown[];
  readonly letters: readonly GivenLetter[];
  /** Of each decision, in the order given. */
  readonly verdicts: readonly string[];
}

interface ActionStand extends Stand {
  readonly sent: Map<string, GivenEffect>;
}

/** What a decision came to. */
interface Finding {
  readonly verdict: string;
  readonly request: unknown;
  readonly outcome: unknown;
  readonly letter: string | undefined;
}

export class GivenAction<Types extends TriggerTypes = TriggerTypes> {
  readonly #stage: ActionStage<string, Types>;
  readonly #transport: FakeTransport;
  readonly #flags: readonly string[];
  readonly #afterMs: number;

  constructor(
    stage: ActionStage<string, Types>,
    transport: FakeTransport = fakeTransport(),
    flags: readonly string[] = [],
    afterMs = 1_000,
  ) {
    this.#stage = stage;
    this.#transport = transport;
    this.#flags = flags;
    this.#afterMs = afterMs;
  }

  /** What is wrong with the decisions that are given as data, such as `late`. */
  flags(...flags: readonly string[]): GivenAction<Types> {
    return new GivenAction(this.#stage, this.#transport, flags, this.#afterMs);
  }

  /** How long after their origin was published the decisions are processed. @default 1 s */
  after({ ms }: Duration): GivenAction<Types> {
    return new GivenAction(this.#stage, this.#transport, this.#flags, ms);
  }

  /**
   * Acts on decisions, given as data or as an inference run emitted them: once, then redelivered, in other
   * batches, shuffled, and with workers that crash.
   *
   * A crash may leave an effect in doubt, or make one that was about to be suppressed be sent all the same: that is what the
   * policies promise, and no difference here. The result is of the run without a crash.
   *
   * @throws {Error} where a delivery makes any other difference or a function is not pure: which law broke, what differed, how to mend it
   */
  async decisions(...decisions: readonly (Types['decision'] | Emission)[]): Promise<ActionResult> {
    const { contract } = this.#stage;
    const records = chainedRecords(decisions, 'decision', contract, this.#flags);
    const watch = new PurityWatch();
    return rehearse(
      {
        contract,
        records,
        start: epochMsOf(publishedLast(records) + this.#afterMs),
        watch,
        stand: (): ActionStand => {
          const effects = new MemoryLedger();
          const transport = this.#transport.open();
          const sent = new Map<string, GivenEffect>();
          const stage = watchedAction(this.#stage, watch);
          return {
            sent,
            bound: (worker, common) => ({
              stage,
              ports: {
                ...common,
                effects: worker.port('effects', effects),
                transport: worker.port('transport', recording(transport, sent, worker)),
              },
            }),
            crashed: () => effects.endLeases(),
          };
        },
      },
      (run) => {
        const { sent } = run.stand as ActionStand;
        return {
          findings: Object.fromEntries(
            records.map((record, index) => [
              `what became of decision number ${index + 1}`,
              findingOf(contract.pipeline, record, index, run, sent),
            ]),
          ),
          result: {
            effects: [...sent.values()],
            outcomes: run.log.outputs().map(({ data }) => data),
            letters: lettersOf(run),
            verdicts: labelsOf(run),
          },
        };
      },
      (_, expected, got, schedule) =>
        isCrashing(schedule) && isCrashAllowed(expected as Finding, got as Finding),
    );
  }
}

const recording = (transport: Transport, sent: Map<string, GivenEffect>, worker: Worker): Transport => ({
  send: (request, call) => {
    const known = sent.get(call.key);
    sent.set(call.key, { key: call.key, request, sends: (known?.sends ?? 0) + 1 });
    return worker.inDomain('the transport', () => transport.send(request, call));
  },
});

const findingOf = (
  pipeline: string,
  { headers }: SourceRecord,
  index: number,
  run: Run,
  sent: ReadonlyMap<string, GivenEffect>,
): Finding => {
  const id = ceHeader(headers, 'id') ?? '';
  const key = idempotencyKey(pipeline, identityKey({ source: ceHeader(headers, 'source') ?? '', id }));
  const letter = run.log.letters().find((record) => ceHeader(record.headers, 'id') === id);
  return {
    verdict: labelsOf(run)[index] ?? '',
    request: sent.get(key)?.request,
    outcome: run.log.outputs().find((output) => output.id === id)?.data,
    letter: letter === undefined ? undefined : letterOf(letter).reason,
  };
};

/** Who vanished may have sent: what follows from that is in the contract's policy, and not in the domain's functions. */
const isCrashAllowed = (expected: Finding, got: Finding): boolean =>
  got.verdict === 'in-doubt' || (expected.verdict.startsWith('suppressed') && got.verdict === 'done');
