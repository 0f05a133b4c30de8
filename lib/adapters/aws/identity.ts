/** Who asks AWS, and where. */
export interface AwsIdentity {
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  };
}

/** What the SDK's clients take. One who looks waits for no long: twice, and 5 s for each answer. */
export const clientOptions = ({ region, credentials: { sessionToken, ...keys } }: AwsIdentity) => ({
  region,
  credentials: sessionToken === undefined ? keys : { ...keys, sessionToken },
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
});
