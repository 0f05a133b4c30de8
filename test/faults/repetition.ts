import { messageOf } from '../../lib/core/errors.ts';
import { findingText, findingsOf } from '../support/evidence-checker.ts';
import type { Fault } from './fault.ts';
import { startFaultServices, type FaultServices } from './fault-services.ts';
import { Stream } from './stream.ts';

export interface Repetition {
  readonly fault: string;
  readonly seed: number;
  /** None: every promise was kept. */
  readonly findings: readonly string[];
  /** What the emulators wrote, where something was found. */
  readonly output: string;
  readonly ms: number;
}

/** Plays one fault once. Never rejects: that it did not come about is a finding too. */
export const repeat = async (fault: Fault, seed: number, shared: FaultServices): Promise<Repetition> => {
  const startedAt = performance.now();
  let own: FaultServices | undefined;
  let stream: Stream | undefined;
  let findings: readonly string[];
  try {
    if (fault.needsOwnServices) own = await startFaultServices();
    const variant = { policy: 'keyed', retries: 1_000, timeoutSeconds: 8, ...fault.variantOf(seed) } as const;
    stream = await Stream.open(own ?? shared, `${fault.name}-${seed}`, seed, variant);
    const more = await fault.play(stream, seed);
    findings = [...more, ...findingsOf(stream.judged ?? (await stream.evidence()))].map(findingText);
  } catch (thrown) {
    findings = [`not played: ${messageOf(thrown)}`];
  }
  const output = findings.length === 0 ? '' : (stream?.output ?? '');
  await stream?.close();
  await own?.stop();
  return { fault: fault.name, seed, findings, output, ms: Math.round(performance.now() - startedAt) };
};
