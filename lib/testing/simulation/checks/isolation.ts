import { stageSource } from '../../../core/contract/stage-sources.ts';
import { coordinateKey, textOf } from '../../../core/record.ts';
import type { Ran } from '../ran.ts';
import { recordsByCoordinates, type Violation } from './evidence.ts';

type Tries = readonly (readonly string[])[];

/**
 * Whether a record failed by itself: a batch that fails is halved, or loses the records that succeeded, so that whatever was in
 * it is alone soon, and then fails alone until its retries are used up.
 */
const failedAlone = (tries: Tries, retries: number): boolean =>
  tries.length > retries &&
  tries.at(-1)?.length === 1 &&
  tries.every(({ length }, index) => length === 1 || index === 0 || length < (tries[index - 1]?.length ?? 0));

/** I9: who shares a batch with a record that kills its worker is not given up on. */
export const isolation = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const inputs = recordsByCoordinates(ran);
  for (const { seq, actor, stage, at, verdict } of ran.journal.of('verdict')) {
    if (verdict.kind !== 'mapping-gave-up') continue;
    const key = coordinateKey(at);
    const value = inputs.get(key)?.value;
    if (!value) continue;
    const { bisect, maxAgeMs, retries } = stageSource(ran.contract, stage).mapping;
    const isExcused =
      !bisect ||
      maxAgeMs >= 0 ||
      ran.world.faults.has('recreate') ||
      ran.subject.fates.kills(JSON.parse(textOf(value)));
    if (isExcused) continue;
    // Of this poller: another begins to count anew.
    const tries = ran.journal
      .of('invoked')
      .filter((invoked) => invoked.actor === actor && invoked.seq < seq && invoked.batch.includes(key))
      .map(({ batch }) => batch);
    if (!failedAlone(tries, retries))
      violations.push({
        invariant: 'I9',
        what: `${stage} ${key} was given up on after tries in batches of ${tries.map(({ length }) => length).join(', ')}, and killed nobody`,
      });
  }
  return violations;
};
