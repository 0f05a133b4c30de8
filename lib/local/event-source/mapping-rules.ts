import type { Problem } from '../../core/errors.ts';
import { toIso, type EpochMs } from '../../core/units.ts';
import { patternProblem } from './filters.ts';
import type { MappingConfig } from './mapping.ts';

const MAX_WINDOW_MS = 300_000;
const MAX_TIMEOUT_MS = 14 * 60_000;
const MAX_FILTERS = 5;
const DAY_MS = 86_400_000;

/**
 * Everything that Lambda would refuse, all at once.
 *
 * @see AWS Lambda developer guide, "msk-esm-parameters", "kafka-retry-configurations" and "kafka-on-failure-destination"
 */
export const mappingProblems = (config: MappingConfig, now: EpochMs): readonly Problem[] => [
  ...limits(config),
  ...names(config),
  ...window(config),
  ...startingPosition(config, now),
  ...errorControls(config),
  ...destination(config),
  ...filters(config),
];

const wholeBetween = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most;

const outside = (
  path: string,
  value: number,
  [least, most]: readonly [number, number],
  unit: string,
): readonly Problem[] =>
  wholeBetween(value, least, most)
    ? []
    : [
        {
          path,
          got: String(value),
          expected: `a whole number of ${unit} from ${least} to ${most}`,
          fix: `choose a value in that range`,
        },
      ];

const limits = (config: MappingConfig): readonly Problem[] => [
  ...outside('batchSize', config.batchSize, [1, 10_000], 'records'),
  ...outside('batchBytes', config.batchBytes, [1, 6 * 1024 * 1024], 'bytes'),
  ...(config.pollers === 'on-demand' ? [] : outside('pollers', config.pollers, [1, 2_000], 'pollers')),
  ...outside('timeoutMs', config.timeoutMs, [1, MAX_TIMEOUT_MS], 'ms'),
  ...outside('concurrency', config.concurrency, [1, 1_000_000], 'invocations'),
  ...(config.retries === -1
    ? []
    : outside('retries', config.retries, [0, 10_000], 'retries (or -1: infinite)')),
  ...(config.maxAgeMs === -1
    ? []
    : outside('maxAgeMs', config.maxAgeMs, [60_000, 7 * DAY_MS], 'ms (or -1: infinite)')),
];

const names = ({ group, topic, source }: MappingConfig): readonly Problem[] => [
  ...(/^[a-zA-Z0-9\-/*:_+=.@]{1,200}$/.test(group)
    ? []
    : [
        {
          path: 'group',
          got: JSON.stringify(group),
          expected: '1 to 200 letters, digits and - / * : _ + = . @',
          fix: 'name the consumer group so; it cannot be changed later',
        },
      ]),
  ...(/^[a-zA-Z0-9._-]{1,249}$/.test(topic)
    ? []
    : [
        {
          path: 'topic',
          got: JSON.stringify(topic),
          expected: "a topic's name: 1 to 249 letters, digits and . _ -",
          fix: 'give the physical name of the topic',
        },
      ]),
  ...(source.bootstrapServers.length > 0
    ? []
    : [
        {
          path: 'source.bootstrapServers',
          got: 'none',
          expected: 'at least one',
          fix: 'name a broker, host:port',
        },
      ]),
];

const window = ({ windowMs }: MappingConfig): readonly Problem[] =>
  windowMs === 500 || (windowMs % 1_000 === 0 && wholeBetween(windowMs, 0, MAX_WINDOW_MS))
    ? []
    : [
        {
          path: 'windowMs',
          got: `${windowMs} ms`,
          expected: "500 ms, which is Lambda's default, or whole seconds from 0 to 300",
          fix: 'leave the window out, or round it to seconds',
        },
      ];

const startingPosition = ({ startingPosition: start }: MappingConfig, now: EpochMs): readonly Problem[] => {
  if (start.kind !== 'AT_TIMESTAMP') return [];
  if (start.at <= now && start.at % 1_000 === 0) return [];
  return [
    {
      path: 'startingPosition.at',
      got: toIso(start.at),
      expected: `whole seconds, not after ${toIso(now)}`,
      fix: 'choose an instant of the past, without a fraction of a second',
    },
  ];
};

/** Lambda has these only in provisioned mode, and aws-cdk-lib does not refuse them without it. */
const errorControls = (config: MappingConfig): readonly Problem[] => {
  if (config.pollers !== 'on-demand') return [];
  const asked = [
    ['retries', config.retries !== -1, String(config.retries)],
    ['maxAgeMs', config.maxAgeMs !== -1, String(config.maxAgeMs)],
    ['bisect', config.bisect, 'true'],
    ['partialResponses', config.partialResponses, 'true'],
    ['destination', config.destination.kind === 'kafka', 'a Kafka topic'],
  ] as const;
  return asked
    .filter(([, isAsked]) => isAsked)
    .map(([path, , got]) => ({
      path,
      got: `${got} with pollers on demand`,
      expected: 'provisioned pollers, without which Lambda has no such control',
      fix: 'set a number of pollers, or leave it out',
    }));
};

const destination = ({ destination: to, topic }: MappingConfig): readonly Problem[] =>
  to.kind === 'kafka' && to.topic === topic
    ? [
        {
          path: 'destination.topic',
          got: `${to.topic}, which is the source topic`,
          expected: 'another topic of the same cluster',
          fix: `name it ${topic}.dlq, for example`,
        },
      ]
    : [];

const filters = ({ filters: patterns }: MappingConfig): readonly Problem[] => [
  ...(patterns.length <= MAX_FILTERS
    ? []
    : [
        {
          path: 'filters',
          got: `${patterns.length} patterns`,
          expected: `at most ${MAX_FILTERS}`,
          fix: 'join some of them: the values of one field are alternatives',
        },
      ]),
  ...patterns.flatMap((pattern, index) => {
    const problem = patternProblem(pattern);
    return problem === undefined ? [] : [{ path: `filters[${index}]${problem.path}`, ...problem.wrong }];
  }),
];
