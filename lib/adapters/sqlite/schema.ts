/** Version of the tables below. Another version in a state folder is refused, never migrated: a recording plays again. */
export const SCHEMA_VERSION = 4;

/**
 * All tables of the embedded default, in one file.
 *
 * Stores are namespaced by pipeline; the log and its groups are shared, as a cluster's are. A partition has a number of its
 * own that is never used again, so that a topic which is created again finds nothing of the old one.
 */
export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE topics (
  name TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  partitions INTEGER NOT NULL CHECK (partitions > 0),
  retention_ms INTEGER NOT NULL,
  max_record_bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE partitions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  topic_id TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  UNIQUE (topic_id, partition)
) STRICT;

CREATE TABLE records (
  partition_number INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  key BLOB,
  value BLOB,
  headers BLOB
) STRICT;
-- The timestamp is here so that a search by time reads the index and not the records.
CREATE UNIQUE INDEX records_by_offset ON records (partition_number, "offset", timestamp);

CREATE TABLE committed_offsets (
  consumer_group TEXT NOT NULL,
  topic_id TEXT NOT NULL,
  partition INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  PRIMARY KEY (consumer_group, topic_id, partition)
) STRICT, WITHOUT ROWID;

-- The live member with the lowest number has all partitions.
CREATE TABLE group_members (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  consumer_group TEXT NOT NULL,
  process INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX group_members_by_group ON group_members (consumer_group, number);

CREATE TABLE rows (
  pipeline TEXT NOT NULL,
  entity TEXT NOT NULL,
  body TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (pipeline, entity)
) STRICT;

CREATE TABLE observations (
  pipeline TEXT NOT NULL,
  context TEXT NOT NULL,
  key TEXT NOT NULL,
  event_time INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  id TEXT NOT NULL,
  digest TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (pipeline, context, key, event_time)
) STRICT;

${['claims', 'effects']
  .map(
    (table) => `
CREATE TABLE ${table} (
  pipeline TEXT NOT NULL,
  key TEXT NOT NULL,
  state TEXT NOT NULL,
  first_attempt INTEGER NOT NULL,
  expires_at INTEGER,
  item TEXT NOT NULL,
  PRIMARY KEY (pipeline, key)
) STRICT;
CREATE INDEX ${table}_by_state ON ${table} (pipeline, state, first_attempt, key);
CREATE INDEX ${table}_by_expiry ON ${table} (pipeline, expires_at) WHERE expires_at IS NOT NULL;`,
  )
  .join('\n')}

CREATE TABLE payloads (
  pipeline TEXT NOT NULL,
  key TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (pipeline, key)
) STRICT;

CREATE TABLE switches (
  pipeline TEXT NOT NULL,
  stage TEXT NOT NULL,
  paused INTEGER NOT NULL,
  PRIMARY KEY (pipeline, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE reservations (
  pipeline TEXT NOT NULL,
  name TEXT NOT NULL,
  minute INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  PRIMARY KEY (pipeline, name, minute)
) STRICT, WITHOUT ROWID;

CREATE TABLE epochs (
  pipeline TEXT NOT NULL,
  topic TEXT NOT NULL,
  topic_id TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (pipeline, topic)
) STRICT, WITHOUT ROWID;

CREATE TABLE audits (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline TEXT NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  why TEXT NOT NULL
) STRICT;

CREATE TABLE verdicts (
  pipeline TEXT NOT NULL,
  stage TEXT NOT NULL,
  topic_id TEXT NOT NULL,
  partition INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  PRIMARY KEY (pipeline, stage, topic_id, partition, "offset")
) STRICT, WITHOUT ROWID;

-- How many coordinates have each verdict, kept with every one that is written: nobody counts a table that grows.
CREATE TABLE verdict_counts (
  pipeline TEXT NOT NULL,
  stage TEXT NOT NULL,
  label TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (pipeline, stage, label)
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('schema', '${SCHEMA_VERSION}');
`;
