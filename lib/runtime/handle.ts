import { respond, type PartialResponse } from '../core/batch/respond.ts';
import { asksRegistry } from '../core/contract/formats.ts';
import { failureCodeOf, messageOf } from '../core/errors.ts';
import { processBatch, sourceOf, type Stage, type StageWithPorts } from '../core/process.ts';
import type { Batch, Invocation } from '../core/ports/stage-ports.ts';
import { epochMsOf } from '../core/units.ts';
import { verdictLabel } from '../core/verdict.ts';
import { resolveEnvironment, type ResolvedEnvironment } from './environment.ts';
import { brokersOf, recordsOf } from './kafka-event.ts';
import { openPorts, type InvocationFacts } from './ports.ts';
import { withLocalHooks } from './local-hooks.ts';
import { isRedriveEvent, redriveOf } from './redrive-event.ts';

/** What of Lambda's context is used. */
export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** What a redrive is answered with. */
export interface RedriveResponse {
  readonly verdict: string;
}

export type Handler = (event: unknown, context: LambdaContext) => Promise<PartialResponse | RedriveResponse>;

interface Opened {
  readonly environment: ResolvedEnvironment;
  readonly bound: StageWithPorts;
}

/** Claims of inference, effects of action. */
const hasLedger = ({ kind }: Stage): boolean => kind === 'inference' || kind === 'action';

/**
 * Makes a Lambda handler of a stage: environment → configuration → ports → core.
 *
 * In Lambda the configuration is read at cold start, so that a function with a bad one never takes a batch. Elsewhere, as
 * in a test that imports the stage's file, it is read at the first invocation.
 *
 * @throws {ConfigError} `ENVIRONMENT_INVALID` at cold start, naming at once every variable that is missing, or every parameter
 * that the transport cannot use
 */
export const handle = (defined: Stage): Handler => {
  const stage = withLocalHooks(defined);
  const params = stage.kind === 'action' ? stage.via.params.map(({ name }) => name) : [];
  const source = sourceOf(stage);
  const needs = {
    registry: source !== undefined && asksRegistry(source.format),
    payloads: hasLedger(stage) && stage.contract.largePayloads === 'bucket',
  };
  const configure = (): ResolvedEnvironment => resolveEnvironment(process.env, params, needs);
  const atColdStart = process.env['AWS_LAMBDA_FUNCTION_NAME'] === undefined ? undefined : configure();
  // A parameter that the transport cannot use is a bad configuration too.
  const transport = stage.kind === 'action' && atColdStart ? stage.via.open(atColdStart.params) : undefined;
  let opened: Promise<Opened> | undefined;
  let deadline = epochMsOf(0);
  let eventBrokers: readonly string[] | undefined;
  const facts: InvocationFacts = { deadline: () => deadline, eventBrokers: () => eventBrokers };
  const open = async (): Promise<Opened> => {
    const environment = atColdStart ?? configure();
    return { environment, bound: await openPorts(stage, environment, facts, transport) };
  };

  return async (event, context) => {
    const receivedAt = epochMsOf(Date.now());
    // An environment serves one invocation at a time.
    deadline = epochMsOf(receivedAt + context.getRemainingTimeInMillis());
    eventBrokers = brokersOf(event);
    opened ??= open();
    const { environment, bound } = await opened.catch((thrown: unknown) => {
      // What cannot be opened now may be opened by the next invocation.
      opened = undefined;
      throw thrown;
    });
    const invocation: Invocation = {
      id: context.awsRequestId,
      receivedAt,
      deadline,
      response: environment.response,
      environment: environment.environment,
    };
    try {
      if (isRedriveEvent(event)) {
        const { record, redrive } = redriveOf(event);
        const result = await processBatch(bound, { records: [record], invocation, redrive });
        return {
          verdict: result.verdicts[0] === undefined ? 'retry' : verdictLabel(result.verdicts[0].verdict),
        };
      }
      const batch: Batch = { records: recordsOf(event), invocation };
      return respond(await processBatch(bound, batch), invocation.response);
    } catch (thrown) {
      bound.ports.telemetry.log('error', messageOf(thrown), {
        requestId: context.awsRequestId,
        error: thrown instanceof Error ? thrown.name : typeof thrown,
        code: failureCodeOf(thrown),
      });
      throw thrown;
    }
  };
};
