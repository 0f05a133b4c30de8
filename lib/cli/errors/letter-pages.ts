import type { ErrorPage, LetterCode } from './page.ts';

const redrive =
  'Then redrive it: `npx freshet dlq redrive all` shows what would be done, and `--execute` does it.';
const producer = 'Correct the producer; what is wrong in the log stays a dead letter.';

/** Why a record is a dead letter. It stops nothing: those behind it go on. */
export const letterPages: Readonly<Record<LetterCode, ErrorPage>> = {
  'function-threw': {
    meaning:
      'A function of the pipeline threw over a record: fold, emit, decide, request, or events of a recording.',
    expected: 'a pure function that returns for every value that its schema allows',
    causes: [
      'A member that may be missing is used as if it were there.',
      'The function refuses a value by throwing: that is what the schema is for.',
    ],
    mend: ['Mend the line that is named.', redrive],
  },
  'output-mismatch': {
    meaning: 'A function of the pipeline returned what is not of the schema that the contract gives it.',
    expected: 'a value of the schema: row for fold, output for emit and decide, a request for request',
    causes: [
      'A member is missing, misspelt, or NaN.',
      'A type was asserted with `as`, so the compiler could not see it.',
    ],
    mend: ['Return what the schema says, or change the schema in the contract.', redrive],
  },
  schema: {
    meaning: 'A value is not of the schema that the contract gives its event type.',
    expected: 'a value of the schema in contract.ts, or in recording.ts for a line of a recording',
    causes: [
      'The producer has changed the event.',
      'The schema is stricter than the events are: a member is optional there.',
    ],
    mend: ['Make the schema allow what the events really are.', producer],
  },
  'not-json': {
    meaning: 'A value, or a line of a recording, is not JSON in UTF-8.',
    expected: 'JSON in UTF-8, one value for each record or line',
    causes: ['The line is cut off, or has something before it.', 'The topic is in Avro or Protobuf.'],
    mend: ['Name the format in the contract: `format` of the topic.', producer],
  },
  'unknown-schema': {
    meaning: 'The schema registry does not know the schema of a value.',
    expected: 'the registry that the producer registered its schema with',
    causes: ['FRESHET_REGISTRY names another registry.', 'The schema was deleted there.'],
    mend: ['Correct FRESHET_REGISTRY.', redrive],
  },
  undecodable: {
    meaning: 'The bytes of a value cannot be decoded with their schema.',
    expected: 'a value in the format that the contract names, framed with the id of its schema',
    causes: ['The producer writes another format.', 'The value is cut off.'],
    mend: ['Correct `format` in the contract.', producer],
  },
  tombstone: {
    meaning: 'A record between two stages has no value.',
    expected: 'a vector or a decision, as a stage of the pipeline writes it',
    causes: ['Something else wrote into a topic of the pipeline.'],
    mend: ['Keep others out of the topics between the stages.'],
  },
  envelope: {
    meaning: 'A record between two stages lacks a header that every output of a stage has.',
    expected: 'a record that a stage of the pipeline wrote',
    causes: ['Something else wrote into a topic of the pipeline, or a copy lost its headers.'],
    mend: ['Keep others out of the topics between the stages; copy records with their headers.'],
  },
  'event-time': {
    meaning: 'An event has no time that can be read.',
    expected: 'an RFC 3339 time with a zone in the member that the contract names as `time`',
    causes: ['The time has no zone, or is a number.', '`time` of the topic names another member.'],
    mend: ['Name the member with the time in the contract.', producer],
  },
  'key-missing': {
    meaning: 'A record has no key.',
    expected: 'the entity as the key of the record: it decides on the partition',
    causes: ['The producer sends without a key.'],
    mend: ['Let the producer send the member that the contract names as `key` as the key of the record.'],
  },
  'key-mismatch': {
    meaning: 'The key of a record is not the member of its value that the contract names as `key`.',
    expected: 'one and the same entity in the key and in the value',
    causes: ['The producer keys by something else.', '`key` of the topic names another member.'],
    mend: ['Name the member that is the key in the contract.', producer],
  },
  'unknown-type': {
    meaning: 'The type of an event is not one of those that the contract lists.',
    expected: 'one of the names under `events` of the topic',
    causes: [
      'A new type of event has come up.',
      'The header ce_type is missing, and `identify` names no type.',
    ],
    mend: [
      "Add the type to `events`, with its handler in features.ts; or pass such events over with `unknown: 'ignore'`.",
      redrive,
    ],
  },
  'identity-conflict': {
    meaning: 'Another payload came before under the same identity.',
    expected: 'one payload for each identity',
    causes: ['The producer uses an id twice.', '`identify` names a member that is not unique.'],
    mend: ['Make ids unique, or name the member that is.'],
  },
  horizon: {
    meaning:
      'A record is older than the time for which keys are remembered: whether it was acted on is not known.',
    expected: 'a record that is younger than the key retention',
    causes: ['Offsets were set back further than the key retention.'],
    mend: [
      'Leave it: acting on it might be acting twice.',
      'Raise `keyRetention` in the contract for the future.',
    ],
  },
  oversize: {
    meaning: 'A record, a row, a request or a decision is larger than what can be stored or sent.',
    expected: 'at most what the message names',
    causes: ['State of a row grows without bound.', 'A request carries a document.'],
    mend: [
      'Keep rows bounded, and send a reference instead of a document.',
      "Allow more with `largePayloads: 'bucket'` of the contract.",
    ],
  },
  refused: {
    meaning: 'The endpoint of the action, or the model, refused a record for good.',
    expected: 'a request that the endpoint accepts, or a record that the model can judge',
    causes: [
      'The endpoint answered 4xx: the message has its answer.',
      'The model threw a PermanentRecordError.',
    ],
    mend: [
      'Look at the letter: `dlq show <letter>`. Correct the request in action.ts, or the endpoint.',
      redrive,
    ],
  },
  'gave-up': {
    meaning: 'A record failed for as long and as often as the contract allows.',
    expected: 'success within `giveUp` of the stage',
    causes: [
      'The model or the endpoint was down for longer.',
      'The code of the model throws on this record.',
    ],
    mend: ['Mend what failed: the message is that of the last attempt.', redrive],
  },
  'unknown-outcome': {
    meaning: 'An effect may have happened or not, and is not tried again by itself.',
    expected: 'an answer that says whether it was done',
    causes: [
      'The answer never came, and the contract says atMostOnce().',
      'A keyed effect was in doubt until the contract gave up.',
    ],
    mend: [
      'Look for its key at the endpoint, then say what became of it: `npx freshet effects list`, `effects resolve <key>`.',
    ],
  },
  'payload-lost': {
    meaning: 'A large payload is missing in its bucket, or was altered there.',
    expected: 'the object that the item points to, unchanged',
    causes: ['Somebody deleted or wrote over it.'],
    mend: ['Restore the object: versions are kept for 30 days.', redrive],
  },
  'mapping-gave-up': {
    meaning:
      'The event source mapping gave up on a record: its invocations failed until the retries were used up.',
    expected: 'an invocation that ends, within the retries of the mapping',
    causes: [
      'The function is ended over this record: it loops, or takes too much memory.',
      'The function could not start for as long as the record was retried.',
    ],
    mend: [
      'Look at what was said about the stage before: function-timeout, out-of-memory or function-failed.',
      redrive,
    ],
  },
};
