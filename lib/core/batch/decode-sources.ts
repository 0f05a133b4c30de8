import type { ResolvedSource } from '../contract/resolved.ts';
import type { Clock } from '../ports/clock.ts';
import type { Batch, Telemetry, Validator } from '../ports/stage-ports.ts';
import type { DecodedValue, ValueDecoder } from '../ports/value-decoder.ts';
import type { Arrival } from './arrival.ts';
import { decodeSource, isPassedOver, type Decoded } from './decode.ts';
import { finishMs } from './margins.ts';

/**
 * Decodes a batch of a source or context topic. The values are asked for in one go, and only those that matter: a tombstone
 * has none, and whatever an event type that is not ours is written in, it is none of ours.
 */
export const decodeSources = async (
  arrived: readonly Arrival[],
  {
    source,
    validators,
    deadlineMs,
  }: {
    readonly source: ResolvedSource;
    readonly validators: Readonly<Record<string, Validator>>;
    readonly deadlineMs: number;
  },
  ports: { readonly values: ValueDecoder; readonly clock: Clock; readonly telemetry: Telemetry },
  { invocation }: Batch,
): Promise<readonly Decoded[]> => {
  const asked = arrived.filter((arrival) => !isPassedOver(arrival, source, validators));
  const timeoutMs = Math.max(0, invocation.deadline - ports.clock.now() - finishMs);
  const answers = await ports.values.decode(
    asked.flatMap(({ record }) => record.value ?? []),
    timeoutMs,
  );
  const values = new Map<Arrival, DecodedValue | undefined>(
    asked.map((arrival, index) => [arrival, answers[index]]),
  );
  const missing = answers.find((answer) => answer.kind === 'unavailable');
  if (missing)
    ports.telemetry.log('warn', `values cannot be decoded now: ${missing.message}`, {
      requestId: invocation.id,
      records: answers.filter(({ kind }) => kind === 'unavailable').length,
    });
  return arrived.map((arrival) => decodeSource(arrival, values.get(arrival), source, validators, deadlineMs));
};
