import type { ErrorCode } from '../../core/errors.ts';
import type { ErrorPage } from './page.ts';

/** What is retried, what stops a stage, and what code of a pipeline may throw itself. */
export const faultPages = {
  STORE_UNAVAILABLE: {
    meaning: 'A store did not answer, or refused a write, so the records wait.',
    expected: 'a store that answers within a few seconds',
    causes: [
      'Embedded: the disk is full, or another program holds the file.',
      'DynamoDB: throttled, unreachable, or without the rights or tables that the stage needs.',
    ],
    mend: ['Nothing is lost: it is tried again by itself.', 'Where it stays, run `npx freshet doctor`.'],
  },
  LOG_UNAVAILABLE: {
    meaning: 'The log did not answer, or a topic is not there.',
    expected: 'brokers that answer, and every topic of the contract',
    causes: [
      'Brokers are restarting or cannot be reached.',
      'A topic was not created.',
      'Embedded: the disk is full.',
    ],
    mend: [
      'Wait: it is tried again by itself, and nothing is committed meanwhile.',
      'Create what is missing with `topics apply`; `npx freshet doctor` says what the brokers lack.',
    ],
  },
  CREDENTIALS_UNAVAILABLE: {
    meaning: 'A secret or a token cannot be had at the moment.',
    expected: 'an answer of Secrets Manager, or of the token endpoint',
    causes: [
      'A function in a VPC has no way to Secrets Manager.',
      'The token endpoint is down or refuses the client.',
    ],
    mend: ['Give the VPC an interface endpoint or a NAT.', 'Look after the token endpoint that is named.'],
  },
  GROUP_ACTIVE: {
    meaning: 'Offsets of a consumer group cannot be set while it has members.',
    expected: 'a group without members',
    causes: ['A run, or a mapping, is consuming with this group.'],
    mend: ['Stop it, wait until the group is empty, and try again.'],
  },
  REGISTRY_UNAVAILABLE: {
    meaning: 'The schema registry did not answer, so values cannot be decoded now.',
    expected: 'a schema for the id that a value carries',
    causes: ['The registry is down or unreachable.', 'FRESHET_REGISTRY names another address.'],
    mend: ['Look after the registry; records wait meanwhile and none is lost.'],
  },
  MODEL_UNAVAILABLE: {
    meaning: 'A model says that it cannot answer now: for the code of a pipeline to throw.',
    expected: 'an answer of the model',
    causes: ['A hosted model is throttled or down.'],
    mend: [
      'Nothing at once: the call is made again until the contract gives up.',
      "In the code of a model: `throw new TransientError('MODEL_UNAVAILABLE', { message, retryAfterMs })`.",
    ],
  },
  USER_TRANSIENT: {
    meaning:
      'The code of a pipeline says that something may succeed later: for models to throw. A transport answers `not-done` instead: what it throws leaves open whether it sent.',
    expected: 'success at a later attempt',
    causes: ['Whatever the code of the pipeline means by it: the message says it.'],
    mend: [
      'Nothing at once: it is tried again until the contract gives up.',
      'Thrown by the transport of an `atMostOnce()` effect, it leaves the effect in doubt: `effects list` shows it.',
    ],
  },
  USER_PERMANENT: {
    meaning: 'The code of a pipeline says that a record can never succeed: for models to throw.',
    expected: 'a record that the model can judge',
    causes: ['Whatever the code of the pipeline means by it: the message says it.'],
    mend: ['Look at the letter with `dlq show <letter>`, which has the reason refused.'],
  },
  OUTPUT_MISMATCH: {
    meaning: 'The shipped kind of model was given a feature that is no finite number.',
    expected: 'a finite number for every feature, or undefined where it is not known',
    causes: ['A division by zero, or a member of the vector that is missing, where features are computed.'],
    mend: ['Make the feature a number, or undefined: the model then takes its mean.'],
  },
  VALUE_UNDECODABLE: {
    meaning: 'The bytes of a value cannot be decoded with their schema.',
    expected: 'a value in the format that the contract names, framed with the id of its schema',
    causes: ['The producer writes another format.', 'The value is cut off.', 'The schema is not supported.'],
    mend: ['Correct `format` in the contract, or the producer.'],
  },
  UNKNOWN_SCHEMA: {
    meaning: 'The schema registry does not know the schema of a value.',
    expected: 'the registry that the producer registered its schema with',
    causes: ['FRESHET_REGISTRY names another registry.', 'The schema was deleted there.'],
    mend: ['Correct FRESHET_REGISTRY, then redrive the letters.'],
  },
  TOPIC_RECREATED: {
    meaning: 'A topic was deleted and made anew, or migrated: its offsets are not those that rows remember.',
    expected: 'the topic that the rows were folded from',
    causes: ['Somebody recreated the topic.', 'The state folder is older than the cluster.'],
    mend: [
      'In the local run begin anew with `--reset`.',
      'Elsewhere: declare a new epoch once that is meant.',
    ],
  },
  FOLD_VERSION_CHANGED: {
    meaning: 'Rows were folded by another foldVersion than the contract names now.',
    expected: 'rows of the foldVersion of the contract',
    causes: ['`foldVersion` was raised, and the rows were not rebuilt.'],
    mend: [
      'In the local run begin anew with `--reset`.',
      'Elsewhere: rebuild the rows, or go back to the old foldVersion.',
    ],
  },
  UNFINISHED_RECORDS: {
    meaning:
      'A batch was not finished, and its mapping takes no partial responses: it is delivered again whole.',
    expected: 'every record of the batch with a verdict',
    causes: ['Records wait for a store, a switch or a limit.'],
    mend: ['Nothing at once: it comes again.', 'Let the mapping report batch item failures.'],
  },
  STATE_TABLE_BROKEN: {
    meaning: 'An item of a ledger is in a state that must not be.',
    expected: 'an item that only Freshet has written',
    causes: ['An item was edited by hand.', 'A fault of Freshet.'],
    mend: ['Restore the item.', 'Report it where nobody has touched the table.'],
  },
  BATCH_INVALID: {
    meaning: 'A function was invoked with something else than records of Kafka.',
    expected: 'an event of an event source mapping for Kafka, or a redrive',
    causes: ['The function was invoked by hand, or by another trigger.'],
    mend: ['Invoke it with an event as the mapping sends it.'],
  },
  GROUP_IN_USE: {
    meaning: 'Two event source mappings were to have one consumer group.',
    expected: 'a consumer group for each mapping',
    causes: [
      'A mapping was started twice.',
      'With `--all`, contracts of two pipelines name one group, and both run on one Kafka cluster.',
    ],
    mend: ['Delete the other mapping first, or name another group.'],
  },
} as const satisfies Partial<Record<ErrorCode, ErrorPage>>;
