import { stageSource } from '../../../core/contract/stage-sources.ts';
import { coordinateKey, textOf } from '../../../core/record.ts';
import type { Ran } from '../ran.ts';
import { recordsByCoordinates, verdictsOf, type Violation } from './evidence.ts';

/**
 * I9: who shares a batch with a record that kills its worker is not given up on.
 *
 * A batch that fails is halved, or loses the records that succeeded: whatever was in it is alone before as many tries as
 * it had records. What fails alone from then on, until its retries are used up, fails by itself.
 */
export const isolation = (ran: Ran): readonly Violation[] => {
  const violations: Violation[] = [];
  const inputs = recordsByCoordinates(ran);
  for (const stage of ['features', 'inference', 'action'] as const) {
    const { bisect, maxAgeMs, retries, batchSize } = stageSource(ran.contract, stage).mapping;
    for (const [key, { verdict }] of verdictsOf(ran, stage)) {
      const value = inputs.get(key)?.value;
      if (verdict.kind !== 'mapping-gave-up' || !value) continue;
      const isExcused =
        !bisect ||
        maxAgeMs >= 0 ||
        ran.world.faults.has('recreate') ||
        ran.subject.fates.kills(JSON.parse(textOf(value)));
      if (isExcused) continue;
      const gaveUp = ran.journal
        .of('verdict')
        .find((entry) => entry.verdict.kind === 'mapping-gave-up' && coordinateKey(entry.at) === key);
      const tries = ran.journal
        .of('invoked')
        .filter(
          ({ seq, batch, ...of }) => of.stage === stage && batch.includes(key) && seq < (gaveUp?.seq ?? 0),
        )
        // Those before were of a poller that began anew, or of retries that were given back.
        .slice(-1 - retries);
      const shared = tries.filter(({ batch }) => batch.length > 1).length;
      if (tries.length <= retries || shared >= batchSize)
        violations.push({
          invariant: 'I9',
          what: `${stage} ${key} was given up on after ${tries.length} tries, ${shared} of them with others, and killed nobody`,
        });
    }
  }
  return violations;
};
