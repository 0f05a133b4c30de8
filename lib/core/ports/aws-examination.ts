import type { Answered } from './examination.ts';

/** A cluster of Amazon MSK, as its API has it. */
export interface MskFacts {
  readonly name: string;
  /** As MSK words it: `ACTIVE`. */
  readonly state: string;
  readonly kind: 'provisioned' | 'serverless';
  /** `undefined` with serverless. */
  readonly kafkaVersion: string | undefined;
  readonly instanceType: string | undefined;
  readonly brokers: number | undefined;
  /** How clients may authenticate. */
  readonly authentication: readonly ('iam' | 'scram' | 'tls' | 'none')[];
  /** Between clients and brokers: `TLS`, `TLS_PLAINTEXT`, `PLAINTEXT`. */
  readonly encryption: string;
  /** Addresses of the brokers' listeners, all of them; `host:port`. */
  readonly bootstrap: Answered<readonly string[]>;
}

/** What can be learned of a cluster of MSK. Does not reject. */
export interface MskExamination {
  cluster(arn: string): Promise<Answered<MskFacts>>;
}

export interface MappingFacts {
  readonly id: string;
  readonly functionArn: string;
  /** As Lambda words it: `Enabled`. */
  readonly state: string;
  readonly group: string;
}

export interface AccountFacts {
  /** Invocations side by side in the account and region. */
  readonly concurrency: number;
  /** Of those, what no function has reserved. */
  readonly unreserved: number;
  /** Kafka's, of all functions. */
  readonly mappings: Answered<readonly MappingFacts[]>;
}

/** What can be learned of an account in Lambda. Does not reject. */
export interface AccountExamination {
  account(): Promise<Answered<AccountFacts>>;
}
