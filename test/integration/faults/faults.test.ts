import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultServices, type FaultServices } from '../../faults/fault-services.ts';
import { faults } from '../../faults/faults.ts';
import { repeat } from '../../faults/repetition.ts';

/**
 * The same moments each time, so that a red run can be looked into; `npm run faults` plays others. Each fault has the seed after
 * the one before it: from this one on, the five points at which an emulator is killed lie in all three stages.
 */
const firstSeed = 20_780;

let services: FaultServices;
beforeAll(async () => {
  services = await startFaultServices();
}, 120_000);
afterAll(() => services.stop());

describe.concurrent('faults on real processes', () => {
  it.for(faults.map((fault, index) => [fault.name, firstSeed + index, fault] as const))(
    '%s, with seed %i',
    { timeout: 600_000 },
    async ([, seed, fault]) => {
      const { findings, output } = await repeat(fault, seed, services);
      expect(findings, output).toEqual([]);
    },
  );
});
