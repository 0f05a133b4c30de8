import { InvariantError } from '../../core/errors.ts';

/**
 * Which groups are taken: Lambda refuses a second mapping on a consumer group that one of the account's Kafka mappings has.
 *
 * @see AWS Lambda developer guide, "kafka-consumer-group-id"
 */
export class MappingRegistry {
  readonly #byGroup = new Map<string, string>();

  /** @throws {InvariantError} `GROUP_IN_USE` */
  claim({ group, uuid }: { readonly group: string; readonly uuid: string }): void {
    const holder = this.#byGroup.get(group);
    if (holder !== undefined)
      throw new InvariantError('GROUP_IN_USE', {
        message:
          `consumer group ${group} is in use by event source mapping ${holder}, expected one that no mapping has. ` +
          'Give the new mapping a group of its own, or delete the other one first',
      });
    this.#byGroup.set(group, uuid);
  }

  release({ group, uuid }: { readonly group: string; readonly uuid: string }): void {
    if (this.#byGroup.get(group) === uuid) this.#byGroup.delete(group);
  }
}
