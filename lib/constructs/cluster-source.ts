import { Fn } from 'aws-cdk-lib/core';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { ConfigError } from '../core/errors.ts';

/** Where functions stand to reach the brokers they produce to; with a secret they also need to reach Secrets Manager. */
export interface ClusterNetwork {
  readonly vpc: IVpc;
  /** @default the VPC's private subnets */
  readonly subnets?: SubnetSelection;
  /** Of the functions, and of the pollers of a self-managed cluster; brokers must admit them. */
  readonly securityGroups: readonly ISecurityGroup[];
}

export interface MskOptions {
  readonly arn: string;
  /**
   * IAM, or SCRAM-512 with the user and password of a secret associated with the cluster. Such a secret has a key of its
   * own: import it with `encryptionKey`, or the functions cannot decrypt it.
   */
  readonly authentication: 'iam' | { readonly secret: ISecret };
  /** `host:port` of each broker. @default those that each invocation's event names */
  readonly bootstrapServers?: readonly string[];
  /** @default none: right only where the brokers are public */
  readonly network?: ClusterNetwork;
}

export interface SelfManagedOptions {
  /** `host:port` of each broker. */
  readonly bootstrapServers: readonly string[];
  /** Required without a secret: the brokers are then reached, and trusted, through the network. */
  readonly network?: ClusterNetwork;
  /** SCRAM-512 user and password; beside them `ca`, where the brokers' certificates are not publicly signed. */
  readonly secret?: ISecret;
}

/** The Kafka cluster that a pipeline reads from and writes to: a value, made by {@link ClusterSource}. */
export type ClusterSource =
  | ({ readonly kind: 'msk' } & MskOptions)
  | ({ readonly kind: 'self-managed' } & SelfManagedOptions);

export const ClusterSource = {
  /** An Amazon MSK cluster, provisioned or serverless (which knows only IAM). */
  msk: (options: MskOptions): ClusterSource => ({ kind: 'msk', ...options }),

  /**
   * Anything else that speaks Kafka.
   *
   * @throws {ConfigError} `ENVIRONMENT_INVALID` without brokers, or with neither network nor secret
   */
  selfManaged: (options: SelfManagedOptions): ClusterSource => {
    const problems = [
      ...(options.bootstrapServers.length === 0
        ? [
            {
              path: 'bootstrapServers',
              got: 'none',
              expected: "at least one 'host:port'",
              fix: 'name the brokers',
            },
          ]
        : []),
      ...(options.network === undefined && options.secret === undefined
        ? [
            {
              path: 'network, secret',
              got: 'neither',
              expected: 'a network, or a secret with the SCRAM user',
              fix: 'give the VPC that the brokers are in, or the secret',
            },
          ]
        : []),
    ];
    if (problems.length > 0)
      throw new ConfigError('ENVIRONMENT_INVALID', { message: 'the cluster cannot be reached:', problems });
    return { kind: 'self-managed', ...options };
  },
};

/**
 * An MSK resource's ARN, made from its cluster's: `…:topic/<cluster>/<uuid>/<name>`.
 *
 * @see Service authorization reference, "Apache Kafka APIs for Amazon MSK clusters"
 */
export const mskResourceArn = (clusterArn: string, kind: 'topic' | 'group', name: string): string => {
  const [account, cluster] = Fn.split(':cluster/', clusterArn, 2);
  return `${account}:${kind}/${cluster}/${name}`;
};

/** The secret that holds the SCRAM user, if the cluster has one. */
export const secretOf = (source: ClusterSource): ISecret | undefined => {
  if (source.kind === 'self-managed') return source.secret;
  return source.authentication === 'iam' ? undefined : source.authentication.secret;
};

/**
 * The value of `FRESHET_LOG_AUTH`: a function authenticates as the pollers of its mapping do. The region is the cluster's
 * own, which may be another than the stack's.
 */
export const logAuthentication = (source: ClusterSource): string => {
  const secret = secretOf(source);
  if (secret) return `scram-512:${secret.secretFullArn ?? secret.secretArn}`;
  return source.kind === 'msk' ? `iam:${Fn.select(3, Fn.split(':', source.arn))}` : 'none';
};

/** The value of `FRESHET_LOG`. Credentials never stand in it. */
export const logAddress = ({ bootstrapServers }: ClusterSource): string =>
  `kafka:${bootstrapServers ? bootstrapServers.join(',') : 'event'}`;
