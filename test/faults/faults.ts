import { emulatorFaults } from './emulator-faults.ts';
import type { Fault } from './fault.ts';
import { killPoints } from './kill-points.ts';
import { offsetFaults } from './offsets-reset.ts';
import { serviceFaults } from './service-faults.ts';
import { topicFaults } from './topic-faults.ts';

export const faults: readonly Fault[] = [
  ...killPoints,
  ...serviceFaults,
  ...emulatorFaults,
  ...offsetFaults,
  ...topicFaults,
];
