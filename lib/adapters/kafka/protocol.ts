import {
  apiVersionsV3,
  createTopicsV5,
  createTopicsV6,
  createTopicsV7,
  deleteTopicsV6,
  describeAclsV2,
  describeAclsV3,
  describeConfigsV4,
  describeGroupsV5,
  describeQuorumV1,
  describeQuorumV2,
  fetchV12,
  fetchV13,
  fetchV14,
  fetchV15,
  fetchV16,
  fetchV17,
  findCoordinatorV4,
  findCoordinatorV5,
  findCoordinatorV6,
  heartbeatV4,
  initProducerIdV4,
  initProducerIdV5,
  joinGroupV6,
  joinGroupV7,
  joinGroupV8,
  joinGroupV9,
  leaveGroupV4,
  leaveGroupV5,
  listGroupsV4,
  listGroupsV5,
  listOffsetsV6,
  listOffsetsV7,
  listOffsetsV8,
  listOffsetsV9,
  metadataV10,
  metadataV11,
  metadataV12,
  offsetCommitV8,
  offsetCommitV9,
  offsetFetchV8,
  offsetFetchV9,
  produceV10,
  produceV11,
  produceV9,
  syncGroupV4,
  syncGroupV5,
  type Connection,
} from '@platformatic/kafka';

/** One version of one of Kafka's requests, as the library encodes and decodes it. */
export interface Codec<Request extends readonly unknown[], Answer> {
  readonly key: number;
  readonly version: number;
  async(connection: Connection, ...request: Request): Promise<Answer>;
}

/** The versions of a request that are spoken here, in any order; a connection takes the highest that its broker knows. */
export interface Api<Request extends readonly unknown[], Answer> {
  readonly name: string;
  readonly codecs: () => readonly Codec<Request, Answer>[];
}

const api = <Request extends readonly unknown[], Answer>(
  name: string,
  codecs: () => readonly Codec<Request, Answer>[],
): Api<Request, Answer> => ({ name, codecs });

// Pure, and named behind functions: a handler speaks few of them, and carries no others.
// What Kafka 3.0 knows is the oldest that is spoken: topic ids came with 2.8, several groups in one request with 3.0.
export const metadataApi = /* @__PURE__ */ api('Metadata', () => [
  metadataV12.api,
  metadataV11.api,
  metadataV10.api,
]);
export const produceApi = /* @__PURE__ */ api('Produce', () => [
  produceV11.api,
  produceV10.api,
  produceV9.api,
]);
/** With acks there always is one. */
export type ProduceAnswer = Exclude<Awaited<ReturnType<typeof produceV11.api.async>>, boolean>;

export const initProducerIdApi = /* @__PURE__ */ api('InitProducerId', () => [
  initProducerIdV5.api,
  initProducerIdV4.api,
]);
export const fetchApi = /* @__PURE__ */ api('Fetch', () => [
  fetchV17.api,
  fetchV16.api,
  fetchV15.api,
  fetchV14.api,
  fetchV13.api,
  fetchV12.api,
]);
export const listOffsetsApi = /* @__PURE__ */ api('ListOffsets', () => [
  listOffsetsV9.api,
  listOffsetsV8.api,
  listOffsetsV7.api,
  listOffsetsV6.api,
]);
export const createTopicsApi = /* @__PURE__ */ api('CreateTopics', () => [
  createTopicsV7.api,
  createTopicsV6.api,
  createTopicsV5.api,
]);
export const deleteTopicsApi = /* @__PURE__ */ api('DeleteTopics', () => [deleteTopicsV6.api]);
export const describeConfigsApi = /* @__PURE__ */ api('DescribeConfigs', () => [describeConfigsV4.api]);
export const findCoordinatorApi = /* @__PURE__ */ api('FindCoordinator', () => [
  findCoordinatorV6.api,
  findCoordinatorV5.api,
  findCoordinatorV4.api,
]);
export const offsetCommitApi = /* @__PURE__ */ api('OffsetCommit', () => [
  offsetCommitV9.api,
  offsetCommitV8.api,
]);
export const offsetFetchApi = /* @__PURE__ */ api('OffsetFetch', () => [
  offsetFetchV9.api,
  offsetFetchV8.api,
]);
export const listGroupsApi = /* @__PURE__ */ api('ListGroups', () => [listGroupsV5.api, listGroupsV4.api]);
export const joinGroupApi = /* @__PURE__ */ api('JoinGroup', () => [
  joinGroupV9.api,
  joinGroupV8.api,
  joinGroupV7.api,
  joinGroupV6.api,
]);
export const syncGroupApi = /* @__PURE__ */ api('SyncGroup', () => [syncGroupV5.api, syncGroupV4.api]);
export const heartbeatApi = /* @__PURE__ */ api('Heartbeat', () => [heartbeatV4.api]);
export const leaveGroupApi = /* @__PURE__ */ api('LeaveGroup', () => [leaveGroupV5.api, leaveGroupV4.api]);

export const apiVersionsApi = /* @__PURE__ */ api('ApiVersions', () => [apiVersionsV3.api]);
/** Not version 6: it answers for a group that nobody has joined with an error, and without the rights. */
export const describeGroupsApi = /* @__PURE__ */ api('DescribeGroups', () => [describeGroupsV5.api]);
export const describeAclsApi = /* @__PURE__ */ api('DescribeAcls', () => [
  describeAclsV3.api,
  describeAclsV2.api,
]);
/** Since version 1 it tells times. */
export const describeQuorumApi = /* @__PURE__ */ api('DescribeQuorum', () => [
  describeQuorumV2.api,
  describeQuorumV1.api,
]);

/** What a pipeline cannot run without: its stages, the mapping's consumer, and operators. */
export const neededApis = (): readonly Pick<Api<never, unknown>, 'name' | 'codecs'>[] => [
  metadataApi,
  produceApi,
  initProducerIdApi,
  fetchApi,
  listOffsetsApi,
  describeConfigsApi,
  findCoordinatorApi,
  offsetCommitApi,
  offsetFetchApi,
  listGroupsApi,
  joinGroupApi,
  syncGroupApi,
  heartbeatApi,
  leaveGroupApi,
];
