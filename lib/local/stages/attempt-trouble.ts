import type { StageName } from '../../core/contract/resolved.ts';
import type { FunctionSaid } from './emf-line.ts';
import type { Trouble } from './trouble.ts';

type AttemptsFailed = Extract<FunctionSaid, { kind: 'attempts-failed' }>;

/** What systems say where an endpoint cannot be reached. @see Node.js, "Common system errors" */
const unreachable: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens at its address',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
};

/**
 * What failed attempts of a batch mean.
 *
 * @param thrown - the message of what was thrown, where it is known: the function's log leaves it out
 */
export const attemptTrouble = (
  stage: StageName,
  { outcome, code, count, at }: AttemptsFailed,
  thrown?: string,
): Trouble => {
  const attempts = `${count} ${count === 1 ? 'attempt' : 'attempts'} of one batch`;
  if (outcome === 'unknown')
    return {
      kind: 'outcome-unknown',
      message: `${attempts} ended without a known outcome: ${code}`,
      at,
      code,
    };
  const why = unreachable[code];
  if (why !== undefined && stage !== 'action')
    return {
      kind: 'attempt-failed',
      message: `${attempts} failed, for what the model calls cannot be reached: ${why} (${code})`,
      at,
      code,
    };
  return why === undefined
    ? {
        kind: 'attempt-failed',
        message: `${attempts} failed: ${thrown === undefined ? code : `${code}: ${thrown}`}`,
        at,
        code,
      }
    : {
        kind: 'downstream-unreachable',
        message: `${attempts} failed, for the endpoint cannot be reached: ${why} (${code})`,
        at,
        code,
      };
};
