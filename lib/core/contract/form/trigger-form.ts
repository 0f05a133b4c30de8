import { each, either, isPlain, kindOf, members, oneOf, type Form, type FormFindings } from './form.ts';

const text = kindOf('a string', (value) => typeof value === 'string');
const number = kindOf('a number', (value) => typeof value === 'number');
const flag = kindOf('true or false', (value) => typeof value === 'boolean');
const schema = kindOf('a TypeBox schema', (value) => isPlain(value) || typeof value === 'boolean');
const isDuration = (value: unknown): boolean => isPlain(value) && typeof value['ms'] === 'number';
const duration = kindOf('a duration, such as seconds(5)', isDuration);
const rate = kindOf(
  'a rate, such as perMinute(100)',
  (value) => isPlain(value) && typeof value['perMinute'] === 'number',
);
const isWord = (value: unknown): boolean => typeof value === 'string';

const messageName = kindOf('a string', (value) => value === null || typeof value === 'string');
const isFormat = (value: unknown): boolean => isPlain(value) && value['format'] !== undefined;

/** The author wrote `protobuf({ … })`: its options stand under the format's own path. */
const format: Form = (value, path, findings) => {
  if (!isPlain(value) || !isFormat(value))
    return kindOf('json(), avro() or protobuf(…)', isFormat)(value, path, findings);
  const word = oneOf('json', 'avro', 'protobuf');
  members({ format: word }, value['format'] === 'protobuf' ? { message: messageName } : {})(
    value,
    path,
    findings,
  );
};

const topicOptions = members(
  { key: text, time: text, events: each(schema) },
  {
    format,
    unknown: oneOf('ignore', 'dead-letter'),
    identify: members({ source: text, id: text }, { type: text, publishedAt: text }),
    partitions: number,
    retention: duration,
    segment: duration,
    maxRecordBytes: number,
  },
);

const isTopic = (value: unknown): boolean =>
  isPlain(value) &&
  (value['kind'] === 'created' || value['kind'] === 'existing') &&
  typeof value['name'] === 'string';

/** The author wrote `topic(name, { … })`: its options stand under the topic's own path. */
const topic: Form = (value, path, findings) =>
  isPlain(value) && isTopic(value)
    ? topicOptions(value['options'], path, findings)
    : kindOf('topic(…) or existingTopic(…)', isTopic)(value, path, findings);

const mapping = members(
  {},
  {
    group: text,
    batchSize: number,
    window: duration,
    pollers: either(isWord, oneOf('on-demand'), members({ min: number, max: number })),
    start: either(isWord, oneOf('TRIM_HORIZON', 'LATEST'), members({ at: text })),
    retries: either(isWord, oneOf('infinite'), number),
    maxAge: either(isWord, oneOf('infinite'), duration),
    bisect: flag,
    onFailure: oneOf('dead-letter-topic', 'bucket', 'none'),
    minimumWait: duration,
    timeout: duration,
  },
);

const budget = either(
  isDuration,
  duration,
  members({ process: duration }, { fetch: duration, external: duration, emit: duration }),
);
const giveUp = members({ after: duration, attempts: number });
const late = oneOf('flag', 'suppress');

const context = members(
  { source: topic, maxAge: duration, history: duration },
  { whenStale: late, budget, mapping },
);

const trigger = members(
  {
    pipeline: text,
    version: text,
    owner: text,
    freshness: members({ target: duration, objective: number }),
    deadline: duration,
    source: topic,
    features: members(
      { budget, row: schema, memory: duration, output: schema },
      { mapping, foldVersion: number, maxRowBytes: number, recentIds: number, holes: number },
    ),
    inference: members(
      { budget, output: schema },
      { mapping, late, giveUp, snapshot: oneOf('reference', 'values') },
    ),
    action: members(
      { budget, effect: members({ policy: oneOf('keyed', 'at-most-once') }), giveUp },
      { mapping, late, limit: rate },
    ),
  },
  {
    context: each(context),
    largePayloads: oneOf('dead-letter', 'bucket'),
    keyRetention: duration,
    alarms: members(
      {},
      {
        lag: number,
        pageAt: kindOf(
          'two burn rates, such as [14.4, 6]',
          (value) =>
            Array.isArray(value) && value.length === 2 && value.every((item) => typeof item === 'number'),
        ),
        ticketAt: number,
      },
    ),
  },
);

/** What is missing from a contract, of another kind, or not known to it. */
export const formProblems = (options: unknown): FormFindings => {
  const findings: FormFindings = { broken: [], unknown: [] };
  trigger(options, '', findings);
  return findings;
};
