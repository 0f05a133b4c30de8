/** The properties that are read, wherever they stand. */
const known = [
  'security.protocol',
  'sasl.mechanism',
  'sasl.jaas.config',
  'sasl.username',
  'sasl.password',
  'sasl.login.callback.handler.class',
  'sasl.client.callback.handler.class',
  'sasl.oauthbearer.token.endpoint.url',
  'sasl.oauthbearer.client.credentials.client.id',
  'sasl.oauthbearer.client.credentials.client.secret',
  'sasl.oauthbearer.scope',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.certificates',
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.key.password',
  'ssl.endpoint.identification.algorithm',
] as const;

/** `KAFKA_SASL_JAAS_CONFIG`, as container images of Kafka name `sasl.jaas.config`. */
export const variableOf = (property: string): string =>
  `KAFKA_${property.toUpperCase().replaceAll('.', '_')}`;

/** Of environment variables those that hold properties. */
export const variablesOfProperties = (
  variables: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...propertiesOfVariables(variables)].map(([property, value]) => [variableOf(property), value]),
  );

/** Properties that stand in environment variables. */
export const propertiesOfVariables = (
  variables: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> =>
  new Map(
    known.flatMap((property) => {
      const value = variables[variableOf(property)];
      return value === undefined ? [] : [[property, value]];
    }),
  );
