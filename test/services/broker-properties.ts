/** A listener beside the plain one, for authentication and encryption. */
export interface BrokerListener {
  /** As the properties name it: `SCRAM`, `MTLS`. */
  readonly name: string;
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Written as `listener.name.<name>.<key>`: key stores, SASL mechanisms, JAAS configurations. */
  readonly properties: Readonly<Record<string, string>>;
  /** What clients are told to connect to instead, such as a proxy. @default the listener itself */
  readonly advertised?: string;
}

export interface BrokerLayout {
  readonly folder: string;
  /** By listener; PLAINTEXT and CONTROLLER among them. */
  readonly ports: Readonly<Record<string, number>>;
  readonly listeners: readonly BrokerListener[];
  /** Win over everything else. */
  readonly properties: Readonly<Record<string, string>>;
}

/** One broker that is its own controller, small, and quick to come back. */
const fixed: Readonly<Record<string, string>> = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
  // Members may be missed as soon as a test likes.
  'group.min.session.timeout.ms': '500',
  'auto.create.topics.enable': 'false',
  'log.cleaner.dedupe.buffer.size': '4194304',
  'controlled.shutdown.enable': 'false',
  // After kill -9 the controller waits for its own session to end before it lets the broker back: 3 s instead of 12.
  'broker.session.timeout.ms': '1500',
  'broker.heartbeat.interval.ms': '300',
  // An idle controller writes a record that says nothing, and syncs it, twice a second, for followers that there are none of.
  'metadata.max.idle.interval.ms': '0',
};

/** The text of a `server.properties`. */
export const brokerProperties = ({ folder, ports, listeners, properties }: BrokerLayout): string => {
  const addresses = Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`] as const);
  const protocols = [
    ['CONTROLLER', 'PLAINTEXT'],
    ['PLAINTEXT', 'PLAINTEXT'],
    ...listeners.map(({ name, protocol }) => [name, protocol] as const),
  ];
  const all = {
    ...fixed,
    'log.dirs': `${folder}/data`,
    'controller.quorum.voters': `1@127.0.0.1:${ports['CONTROLLER']}`,
    listeners: addresses.map(([name, address]) => `${name}://${address}`).join(','),
    'advertised.listeners': addresses
      .filter(([name]) => name !== 'CONTROLLER')
      .map(([name, address]) => {
        const advertised = listeners.find((listener) => listener.name === name)?.advertised;
        return `${name}://${advertised ?? address}`;
      })
      .join(','),
    'listener.security.protocol.map': protocols.map(([name, protocol]) => `${name}:${protocol}`).join(','),
    ...Object.fromEntries(
      listeners.flatMap((listener) =>
        Object.entries(listener.properties).map(([key, value]) => [
          `listener.name.${listener.name.toLowerCase()}.${key}`,
          value,
        ]),
      ),
    ),
    ...properties,
  };
  // A backslash ends a line or escapes in properties files.
  return Object.entries(all)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
};
