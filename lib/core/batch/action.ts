/** The action stage: effects, by the ledger. */
import { cutText } from '../cut-text.ts';
import { canonicalJson, isPlainObject } from '../digest.ts';
import { failureCodeOf, TransientError } from '../errors.ts';
import { idempotencyKey } from '../identity.ts';
import { maxLargeRequestBytes, maxRequestBytes, maxToldLength } from '../ledger/item-size.ts';
import type { FrozenWork } from '../ledger/item.ts';
import { addEvidence, arm } from '../ledger/transitions.ts';
import type { ActionPorts, Batch, BatchResult } from '../ports/stage-ports.ts';
import { bytesOf } from '../record.ts';
import type { ActionStage, SendAnswer, Suppression } from '../stages/action.ts';
import { toldOf } from '../thrown-at.ts';
import type { EpochMs } from '../units.ts';
import type { Held, Hold } from './claim.ts';
import { claimedBatch, type ClaimedStage, type Settling } from './claimed.ts';
import type { Chained } from './decode.ts';
import { flagsAt } from './gate.ts';
import { finishMs } from './margins.ts';
import type { RunOutcome } from './outcome.ts';
import { settleAll, type Ran } from './settle.ts';

/** Sends that are under way at once; before each wave switch and limit are asked again. */
const waveSize = 16;

export const actionBatch = async (
  stage: ActionStage,
  ports: ActionPorts,
  batch: Batch,
): Promise<BatchResult> => {
  const { contract } = stage;
  const claimed: ClaimedStage = {
    name: 'action',
    contract,
    options: contract.action,
    input: contract.decisions,
    inputType: 'decision',
    validator: ports.validators.decision,
    policy: contract.action.effect,
    ledger: ports.effects,
    freeze: (chained) => frozenRequest(stage, chained),
    look: () => lookFirst(stage, ports),
    run: (helds, settling) => sendInWaves(stage, ports, batch, helds, settling),
  };
  return claimedBatch(claimed, ports, batch);
};

const frozenRequest = (stage: ActionStage, { content }: Chained): FrozenWork => {
  if (content.kind === 'refused') return { kind: 'fail', reason: content.reason, message: content.message };
  try {
    const asked = stage.request(content.data);
    if (isSuppression(asked)) return { kind: 'suppress', reason: cutText(asked.suppress, maxToldLength) };
    // Frozen, it would reach the transport and might be taken for a send whose end nobody knows.
    if (!isPlainObject(asked))
      return {
        kind: 'fail',
        reason: 'output-mismatch',
        message: `request returned ${shapeOf(asked)}, expected an object that its transport can send, or suppress(reason)`,
      };
    const request = canonicalJson(asked);
    const bytes = bytesOf(request).length;
    const hasBucket = stage.contract.largePayloads === 'bucket';
    const limitBytes = hasBucket ? maxLargeRequestBytes : maxRequestBytes;
    if (bytes <= limitBytes) return { kind: 'run', request };
    const fix = hasBucket ? '' : "; with largePayloads: 'bucket' the contract allows more";
    const message = `the request has ${bytes} bytes, the limit is ${limitBytes}${fix}`;
    return { kind: 'fail', reason: 'oversize', message };
  } catch (thrown) {
    return { kind: 'fail', reason: 'function-threw', message: toldOf(thrown) };
  }
};

const shapeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object'
    ? `an instance of ${value.constructor.name}`
    : `a value of type ${typeof value}`;
};

/** Nothing but that: a request may have a member of that name too, and must not vanish for it. */
const isSuppression = (asked: unknown): asked is Suppression =>
  isPlainObject(asked) && typeof asked['suppress'] === 'string' && Object.keys(asked).length === 1;

/** Before the claim: nobody claims what may not be sent anyway. The look takes no token of the limit. */
const lookFirst = async (stage: ActionStage, ports: ActionPorts): Promise<Hold | undefined> => {
  const paused = await pauseHold(ports);
  return paused ?? (await reserve(stage, ports, 0)).hold;
};

const pauseHold = async ({ operations }: ActionPorts): Promise<Hold | undefined> => {
  const paused = await operations.paused('action');
  // A switch that cannot be read counts as on: nobody may be warned against an operator's will.
  if (paused.kind === 'unavailable') return { cause: 'store-unavailable', waitMs: 0 };
  return paused.value ? { cause: 'paused', waitMs: 0 } : undefined;
};

/** Tokens of the limit for up to `want` sends, and what holds back the rest. `want` 0 only looks. */
const reserve = async (
  { contract }: ActionStage,
  { operations }: ActionPorts,
  want: number,
): Promise<{ readonly granted: number; readonly hold: Hold | undefined }> => {
  const { limitPerMinute } = contract.action;
  if (limitPerMinute === null) return { granted: want, hold: undefined };
  const reserved = await operations.reserve('action', limitPerMinute, want);
  if (reserved.kind === 'unavailable') return { granted: 0, hold: { cause: 'store-unavailable', waitMs: 0 } };
  const { granted, resetsInMs } = reserved.value;
  const isShort = want === 0 ? granted === 0 : granted < want;
  return { granted, hold: isShort ? { cause: 'limited', waitMs: resetsInMs } : undefined };
};

const sendInWaves = async (
  stage: ActionStage,
  ports: ActionPorts,
  batch: Batch,
  helds: readonly Held[],
  settling: Settling,
): Promise<readonly Ran[]> => {
  const ran: Ran[] = [];
  for (let start = 0; start < helds.length; start += waveSize)
    ran.push(...(await sendWave(stage, ports, batch, helds.slice(start, start + waveSize), settling)));
  return ran;
};

/** Gate, time, switch, limit, arming, sends, freeze: in this order, for a send is only begun when nothing speaks against it. */
const sendWave = async (
  stage: ActionStage,
  ports: ActionPorts,
  batch: Batch,
  helds: readonly Held[],
  settling: Settling,
): Promise<readonly Ran[]> => {
  // The waves before this one took their time, and the gate looked before the first.
  const gated = helds.flatMap((held) => {
    const outcome = settling.outcomeWithoutRun(held);
    return outcome ? [{ held, outcome, externalMs: 0 }] : [];
  });
  const wave = helds.filter((held) => !gated.some((one) => one.held === held));
  const closed = await settling.settle(gated);
  const { externalMs: leastMs } = stage.contract.action.budget;
  const left = batch.invocation.deadline - ports.clock.now() - finishMs;
  const noTime: Hold | undefined = left < leastMs ? { cause: 'no-time-left', waitMs: 0 } : undefined;
  const hold = noTime ?? (await pauseHold(ports));
  if (hold) return [...closed, ...(await settleNotRun(wave, hold, settling))];

  const { granted, hold: limited } = await reserve(stage, ports, wave.length);
  const allowed = wave.slice(0, granted);
  const held = limited ? await settleNotRun(wave.slice(granted), limited, settling) : [];
  const { armed, notArmed } = await armAll(stage, ports, allowed, settling);
  // Each is frozen as soon as its own answer is there: a crash must not leave a neighbour in doubt whose answer had come.
  const settled = await Promise.all(
    armed.map(async (one) => {
      const startedAt = ports.clock.now();
      const outcome = await send(stage, ports, batch, one, settling);
      const ran = await settling.settle([{ held: one, outcome, externalMs: ports.clock.now() - startedAt }]);
      await keepLateAnswer(ports, ran, outcome);
      return ran;
    }),
  );
  return [...closed, ...held, ...notArmed, ...settled.flat()];
};

const settleNotRun = (
  helds: readonly Held[],
  { cause, waitMs }: Hold,
  settling: Settling,
): Promise<readonly Ran[]> =>
  settling.settle(
    helds.map((held) => ({ held, outcome: { kind: 'not-run', cause, retryAfterMs: waitMs }, externalMs: 0 })),
  );

/** At-most-once: a write of its own directly before each send, so that a crash leaves in doubt only what may really be out. */
const armAll = async (
  { contract }: ActionStage,
  { effects, clock }: ActionPorts,
  helds: readonly Held[],
  settling: Settling,
): Promise<{ readonly armed: readonly Held[]; readonly notArmed: readonly Ran[] }> => {
  if (contract.action.effect === 'keyed') return { armed: helds, notArmed: [] };
  const written = await settleAll(
    effects,
    helds.map(({ item, owner }) => ({ key: item.key, transition: arm(owner), seen: item })),
  );
  const now = clock.now();
  const lost = helds.flatMap((held, index): readonly Ran[] => {
    const answer = written[index];
    if (answer?.kind !== 'refused') return [];
    return [
      {
        held,
        written: answer,
        externalMs: 0,
        madeAt: now,
        isDone: false,
        failed: undefined,
        cause: 'in-flight',
        waitMs: 0,
      },
    ];
  });
  // Nothing of these is out, whether they are armed or not: released, a crash of ours leaves no doubt about them.
  const unanswered = helds.filter((_, index) => written[index]?.kind === 'unavailable');
  const released = await settleNotRun(unanswered, { cause: 'store-unavailable', waitMs: 0 }, settling);
  return {
    armed: helds.filter((_, index) => written[index]?.kind === 'applied'),
    notArmed: [...lost, ...released],
  };
};

const send = async (
  stage: ActionStage,
  ports: ActionPorts,
  batch: Batch,
  held: Held,
  settling: Settling,
): Promise<RunOutcome> => {
  const { work, key } = held.item;
  const startedAt = ports.clock.now();
  const timeoutMs = batch.invocation.deadline - startedAt - finishMs;
  // The limit or the arming may have taken long: a request without time to be answered would only leave doubt.
  if (timeoutMs < stage.contract.action.budget.externalMs)
    return { kind: 'not-run', cause: 'no-time-left', retryAfterMs: 0 };
  const timer = ports.clock.timer(timeoutMs);
  const abort = new AbortController();
  const outOfTime = timer.elapsed.then((): SendAnswer => {
    abort.abort();
    return {
      kind: 'unknown',
      detail: `no answer within ${timeoutMs} ms`,
      code: 'TIMEOUT',
      retryAfterMs: undefined,
    };
  });
  try {
    const answer = await Promise.race([
      ports.transport.send(work.kind === 'run' ? JSON.parse(work.request) : null, {
        key: idempotencyKey(stage.contract.pipeline, key),
        signal: abort.signal,
        timeoutMs,
        trace: held.chained.envelope?.trace,
      }),
      outOfTime,
    ]);
    return outcomeOf(answer, held, settling, { startedAt, answeredAt: ports.clock.now() });
  } catch (thrown) {
    // A transport answers and does not throw; what it throws all the same may have come after the request was out.
    return {
      kind: 'unknown',
      message: toldOf(thrown),
      code: failureCodeOf(thrown),
      retryAfterMs: thrown instanceof TransientError ? thrown.retryAfterMs : undefined,
    };
  } finally {
    timer.cancel();
  }
};

const outcomeOf = (
  answer: SendAnswer,
  held: Held,
  settling: Settling,
  { startedAt, answeredAt }: { readonly startedAt: EpochMs; readonly answeredAt: EpochMs },
): RunOutcome => {
  switch (answer.kind) {
    case 'done':
      return {
        kind: 'done',
        evidence: cutText(answer.evidence, maxToldLength),
        emits: [
          settling.output(held, {
            type: 'outcome',
            body: canonicalJson({ status: 'done', stage: 'action', revision: held.item.revision + 1 }),
            externalMs: answeredAt - startedAt,
            flags: flagsAt(held, answeredAt),
            extensions: {},
          }),
        ],
      };
    case 'not-done':
    case 'unknown': {
      const { kind, detail, code = 'no code', retryAfterMs } = answer;
      return { kind, message: detail, code, retryAfterMs };
    }
    case 'refused':
      return { kind: 'permanent', reason: 'refused', message: answer.detail };
  }
};

/** Who sent, and finds its effect in doubt by now, knows something that whoever resolves it wants to know. */
const keepLateAnswer = async (
  { effects }: ActionPorts,
  settled: readonly Ran[],
  outcome: RunOutcome,
): Promise<void> => {
  for (const { held, written } of settled)
    if (written.kind === 'refused' && written.item?.state === 'IN_DOUBT')
      await effects.apply([
        { key: held.item.key, transition: addEvidence(cutText(evidenceOf(outcome), maxToldLength)) },
      ]);
};

const evidenceOf = (outcome: RunOutcome): string => {
  switch (outcome.kind) {
    case 'done':
      return `late answer: done ${outcome.evidence ?? ''}`.trim();
    case 'permanent':
      return `late answer: refused: ${outcome.message}`;
    case 'not-done':
      return `late answer: not done: ${outcome.message}`;
    case 'unknown':
      return `late answer: unknown: ${outcome.message}`;
    case 'gated':
    case 'declined':
    case 'not-run':
      return `late answer: ${outcome.kind}`;
  }
};
