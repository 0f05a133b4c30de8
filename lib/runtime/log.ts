import { systemClock } from '../adapters/system.ts';
import type { ResolvedContract } from '../core/contract/resolved.ts';
import { ConfigError } from '../core/errors.ts';
import type { Producer, TopicDirectory } from '../core/ports/event-log.ts';
import type { EpochMs } from '../core/units.ts';
import type { ResolvedEnvironment } from './environment.ts';

/**
 * Opens what a stage needs of the log, where the environment says it is. An adapter is loaded only where it is used.
 *
 * @param deadline - when the invocation that is being served ends
 * @param eventBrokers - the brokers that the event of this invocation names: for `kafka:event`
 * @throws {ConfigError} `ENVIRONMENT_INVALID` where no brokers are named, and what opening throws
 */
export const openLog = async (
  { pipeline }: ResolvedContract,
  stage: string,
  { log, logAuth }: Pick<ResolvedEnvironment, 'log' | 'logAuth'>,
  {
    deadline,
    eventBrokers,
  }: {
    readonly deadline: () => EpochMs;
    readonly eventBrokers: () => readonly string[] | undefined;
  },
): Promise<Producer & TopicDirectory> => {
  if (log.adapter === 'sqlite') {
    const { openEmbedded } = await import('../adapters/sqlite/embedded.ts');
    return openEmbedded({ folder: log.location, pipeline, clock: systemClock }).log;
  }
  const bootstrap = log.bootstrap === 'event' ? eventBrokers() : log.bootstrap;
  if (bootstrap === undefined)
    throw new ConfigError('ENVIRONMENT_INVALID', {
      message:
        'FRESHET_LOG is kafka:event, and the event names no brokers: got an event without bootstrapServers; expected one of a mapping, or a redrive that names them. Nothing of it was begun. Fix: invoke it again with bootstrapServers, "host:port,…", or name the brokers in FreshetPipeline’s source (bootstrapServers)',
    });
  const [{ openAuthenticated }, { openStageLog }] = await Promise.all([
    import('../adapters/kafka/authenticated.ts'),
    import('../adapters/kafka/stage-log.ts'),
  ]);
  const kafka = await openAuthenticated(openStageLog, {
    bootstrap,
    auth: logAuth,
    clientId: `freshet-${pipeline}-${stage}`,
    clock: systemClock,
    deadline,
    variables: process.env,
  });
  return kafka.log;
};
