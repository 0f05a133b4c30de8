import { digestOf } from './digest.ts';
import { coordinateKey, type Coordinates } from './record.ts';

/**
 * Who a record is, wherever it stands: CloudEvents' `source` and `id`, unique together.
 *
 * Nothing here may ever contain a function name, a deployment, an offset or a model version: the same event must have
 * the same keys after a rename, a redeployment and a migration (test/fixtures/golden-keys.json holds them to it).
 */
export interface Identity {
  readonly source: string;
  readonly id: string;
}

const longestPlainKey = 200;

/** Joins parts so that no two different lists give the same text: each is preceded by its length. */
export const lengthPrefixed = (parts: readonly string[]): string =>
  parts.map((part) => `${part.length}:${part}`).join('');

const bounded = (text: string): string => (text.length > longestPlainKey ? `sha256:${digestOf(text)}` : text);

/** The key of an identity in a stage's store. */
export const identityKey = ({ source, id }: Identity): string => bounded(lengthPrefixed([source, id]));

/** An identity as it stands in `causationid` and `correlationid`. */
export const identityText = ({ source, id }: Identity): string => `${source}#${id}`;

/** `ce_id` of an output of the first stage: made of the origin and the output's index alone. */
export const outputId = (origin: Identity & { readonly type: string }, index: number): string =>
  bounded(lengthPrefixed([origin.source, origin.id, origin.type, String(index)]));

/** `ce_source` of a stage's outputs. */
export const outputSource = (pipeline: string, stage: string): string => `/freshet/${pipeline}/${stage}`;

/** A letter is one per stage, coordinates and redrive number; readers drop a second one. */
export const letterId = (pipeline: string, stage: string, at: Coordinates, redrive: number): string =>
  lengthPrefixed([pipeline, stage, coordinateKey(at), String(redrive)]);

/** The idempotency key that a downstream sees: the same for every send of one effect. */
export const idempotencyKey = (pipeline: string, key: string): string =>
  `freshet-${digestOf(lengthPrefixed([pipeline, key])).slice(0, 40)}`;

/** The last resort for producers without identities. It does not survive a migration, and a contract that relies on it is warned. */
export const identityByCoordinates = (at: Coordinates): Identity => ({
  source: `/kafka/${at.topicId}/${at.partition}`,
  id: String(at.offset),
});
