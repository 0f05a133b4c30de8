import { messageOf } from '../../lib/core/errors.ts';
import { startServices } from './services.ts';

/** `npm run up`: the services, until Ctrl-C. */
const up = async (): Promise<void> => {
  const services = await startServices();
  process.stdout.write(
    `Kafka     ${services.kafka.bootstrap}\nDynamoDB  ${services.dynamodb.endpoint} (it has no option to listen on 127.0.0.1 alone: other machines reach its port too)\nCtrl-C stops both, and deletes what was written to them.\n`,
  );
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<void>();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  // Nothing else keeps this process alive but its children.
  await interrupted;
  await services.stop();
};

try {
  await up();
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exitCode = 1;
}
