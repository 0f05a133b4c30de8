/** The inference stage: one decision per vector, made once, even by a model that would answer differently the second time. */
import { canonicalJson } from '../digest.ts';
import type { Extensions } from '../envelope.ts';
import { failureCodeOf, messageOf, PermanentRecordError, TransientError } from '../errors.ts';
import type { Batch, BatchResult, InferencePorts } from '../ports/stage-ports.ts';
import { sizeOf } from '../record.ts';
import { maxDecisionBytes } from '../ledger/item-size.ts';
import { outputOf } from '../ledger/stored-record.ts';
import { issuesText } from '../schema-issues.ts';
import type { InferenceStage, ModelCall, ModelUsage } from '../stages/inference.ts';
import { toldOf } from '../thrown-at.ts';
import { epochMsOf, type EpochMs } from '../units.ts';
import type { Held } from './claim.ts';
import { claimedBatch, type ClaimedStage, type Settling } from './claimed.ts';
import { flagsAt } from './gate.ts';
import { finishMs } from './margins.ts';
import type { RunOutcome } from './outcome.ts';
import { provenanceOf } from './provenance.ts';
import { ranOf, type Ran } from './settle.ts';

export const inferenceBatch = async (
  stage: InferenceStage,
  ports: InferencePorts,
  batch: Batch,
): Promise<BatchResult> => {
  const { contract } = stage;
  const claimed: ClaimedStage = {
    name: 'inference',
    contract,
    options: contract.inference,
    input: contract.vectors,
    inputType: 'vector',
    validator: ports.validators.vector,
    policy: 'model',
    ledger: ports.claims,
    freeze: ({ content }) =>
      content.kind === 'refused'
        ? { kind: 'fail', reason: content.reason, message: content.message }
        : { kind: 'run', request: '' },
    look: () => Promise.resolve(undefined),
    run: (helds, settling) => runModel(stage, ports, batch, helds, settling),
  };
  return claimedBatch(claimed, ports, batch);
};

/** All keys side by side; each is frozen as soon as its own answer is there. */
const runModel = async (
  stage: InferenceStage,
  ports: InferencePorts,
  batch: Batch,
  helds: readonly Held[],
  settling: Settling,
): Promise<readonly Ran[]> => {
  const deadline = epochMsOf(batch.invocation.deadline - finishMs);
  const timer = ports.clock.timer(Math.max(0, deadline - ports.clock.now()));
  const abort = new AbortController();
  const outOfTime = timer.elapsed.then((): 'out-of-time' => {
    abort.abort();
    return 'out-of-time';
  });
  try {
    return await Promise.all(
      helds.map(async (held): Promise<Ran> => {
        const startedAt = ports.clock.now();
        let outcome: RunOutcome = { kind: 'not-run', cause: 'in-flight', retryAfterMs: 0 };
        let answeredAt = startedAt;
        const written = await ports.settleOnce(held, async () => {
          const answered = await callModel(
            stage,
            held,
            { signal: abort.signal, deadline, trace: held.chained.envelope?.trace },
            outOfTime,
          );
          answeredAt = ports.clock.now();
          outcome =
            answered.kind === 'answer'
              ? decisionOf(stage, ports, held, answered, settling, { startedAt, answeredAt })
              : answered.outcome;
          return settling.transition(held, outcome);
        });
        return ranOf(held, outcome, written, answeredAt - startedAt, ports.clock.now());
      }),
    );
  } finally {
    timer.cancel();
  }
};

type ModelResult =
  | { readonly kind: 'answer'; readonly answer: object; readonly usage: ModelUsage; readonly vector: unknown }
  | { readonly kind: 'outcome'; readonly outcome: RunOutcome };

const callModel = async (
  { model }: InferenceStage,
  { chained }: Held,
  call: ModelCall,
  outOfTime: Promise<'out-of-time'>,
): Promise<ModelResult> => {
  const ended = (outcome: RunOutcome): ModelResult => ({ kind: 'outcome', outcome });
  if (chained.content.kind === 'refused')
    return ended({ kind: 'permanent', reason: chained.content.reason, message: chained.content.message });
  const { data: vector } = chained.content;
  try {
    const answered = await Promise.race([Promise.resolve(model.infer(vector, call)), outOfTime]);
    // A model has no effect of its own: a call that was given up is a failed attempt, and its late answer counts for nothing.
    if (answered === 'out-of-time')
      return ended({
        kind: 'not-done',
        message: `model ${model.id} did not answer in time`,
        code: 'TIMEOUT',
        retryAfterMs: undefined,
      });
    return { kind: 'answer', answer: answered.answer, usage: answered.usage ?? {}, vector };
  } catch (thrown) {
    if (thrown instanceof PermanentRecordError)
      return ended({ kind: 'permanent', reason: 'refused', message: thrown.message });
    const retryAfterMs = thrown instanceof TransientError ? thrown.retryAfterMs : undefined;
    return ended({
      kind: 'not-done',
      message: toldOf(thrown),
      code: failureCodeOf(thrown),
      retryAfterMs,
    });
  }
};

const decisionOf = (
  stage: InferenceStage,
  ports: InferencePorts,
  held: Held,
  answered: Extract<ModelResult, { kind: 'answer' }>,
  settling: Settling,
  { startedAt, answeredAt }: { readonly startedAt: EpochMs; readonly answeredAt: EpochMs },
): RunOutcome => {
  const { contract } = stage;
  const permanent = (
    reason: 'function-threw' | 'output-mismatch' | 'oversize',
    message: string,
  ): RunOutcome => ({
    kind: 'permanent',
    reason,
    message,
  });
  let decision: unknown;
  try {
    decision = stage.decide({ ...answered.answer, vector: answered.vector });
  } catch (thrown) {
    return permanent('function-threw', toldOf(thrown));
  }
  const issues = ports.validators.decision(decision);
  if (issues.length > 0)
    return permanent(
      'output-mismatch',
      `decide returned what is not of schema "output": ${issuesText(issues)}`,
    );
  let body: string;
  try {
    body = canonicalJson(decision);
  } catch (thrown) {
    // A schema that allows further members lets through what JSON cannot hold.
    return permanent('output-mismatch', `decide returned what JSON cannot hold: ${messageOf(thrown)}`);
  }
  let extensions: Extensions;
  try {
    extensions = provenanceOf(stage, held.chained, answered.usage);
  } catch (thrown) {
    return permanent(
      'output-mismatch',
      `model ${stage.model.id} told its usage wrongly: ${messageOf(thrown)}`,
    );
  }
  const record = settling.output(held, {
    type: 'decision',
    body,
    externalMs: answeredAt - startedAt,
    flags: flagsAt(held, answeredAt),
    extensions,
  });
  const bytes = sizeOf(outputOf(record));
  const { maxRecordBytes } = contract.decisions;
  const limitBytes =
    contract.largePayloads === 'bucket' ? maxRecordBytes : Math.min(maxRecordBytes, maxDecisionBytes);
  return bytes > limitBytes
    ? permanent('oversize', `the decision has ${bytes} bytes, the limit is ${limitBytes}`)
    : { kind: 'done', emits: [record] };
};
