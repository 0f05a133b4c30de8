import { JavaProcess, shortLived } from './java-process.ts';
import { kafkaJars, sharedClasses } from './kafka-jars.ts';

/** Kafka's own command-line tools, by the names of their classes. */
const classes = {
  AclCommand: 'org.apache.kafka.tools.AclCommand',
  ConfigCommand: 'kafka.admin.ConfigCommand',
  ConsoleConsumer: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  ConsoleProducer: 'org.apache.kafka.tools.ConsoleProducer',
  ConsumerGroupCommand: 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  DeleteRecordsCommand: 'org.apache.kafka.tools.DeleteRecordsCommand',
  TopicCommand: 'org.apache.kafka.tools.TopicCommand',
  VerifiableConsumer: 'org.apache.kafka.tools.VerifiableConsumer',
  VerifiableProducer: 'org.apache.kafka.tools.VerifiableProducer',
} as const;

export type KafkaTool = keyof typeof classes;

/** Starts a tool and leaves it running: for those that only end when they are told to. */
export const startKafkaTool = (tool: KafkaTool, args: readonly string[], input?: string): JavaProcess =>
  new JavaProcess(
    [
      ...shortLived(128),
      ...sharedClasses(),
      '-Dlog4j2.level=ERROR',
      '-cp',
      kafkaJars().classPath,
      classes[tool],
      ...args,
    ],
    input,
  );

/**
 * Runs a tool to its end, as the script of that name in Kafka's `bin` would.
 *
 * @param args - `--bootstrap-server` among them, which differs from tool to tool
 * @param input - its standard input
 * @returns its standard output
 */
export const kafkaTool = async (
  tool: KafkaTool,
  args: readonly string[],
  input?: string,
): Promise<string> => {
  const running = startKafkaTool(tool, args, input);
  const code = await running.exited;
  if (code !== 0)
    throw new Error(`${tool} ${args.join(' ')} ended with ${code}:\n${running.stdout}${running.stderr}`);
  return running.stdout;
};
