import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultServices, type FaultServices } from '../../faults/fault-services.ts';
import { faults } from '../../faults/faults.ts';
import { repeat } from '../../faults/repetition.ts';

/** The same moments each time, so that a red run can be looked into; `npm run faults` plays others. */
const seed = 20_783;

let services: FaultServices;
beforeAll(async () => {
  services = await startFaultServices();
}, 120_000);
afterAll(() => services.stop());

describe.concurrent(`faults on real processes, with seed ${seed}`, () => {
  it.for(faults.map((fault) => [fault.name, fault] as const))(
    '%s',
    { timeout: 280_000 },
    async ([, fault]) => {
      const { findings, output } = await repeat(fault, seed, services);
      expect(findings, output).toEqual([]);
    },
  );
});
