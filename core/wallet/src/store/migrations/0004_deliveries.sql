-- One import, pull or link, with all its files: listed, and taken back whole. `identity` stays the same
-- through a restore. `guessed` is the id of the one Patient that its records without an address speak of,
-- empty where there is no one such; null where the source was named.
CREATE TABLE delivery (
    id       INTEGER PRIMARY KEY,
    identity BLOB NOT NULL UNIQUE CHECK (length(identity) = 16),
    source   TEXT NOT NULL,
    guessed  TEXT,
    received INTEGER NOT NULL,
    added    INTEGER NOT NULL DEFAULT 0,
    updated  INTEGER NOT NULL DEFAULT 0,
    undone   INTEGER,
    -- The deliveries whose versions this one carried, too: their identities, one after the other.
    repeats  BLOB NOT NULL DEFAULT x''
) STRICT;
INSERT INTO delivery (id, identity, source, guessed, received, added, updated)
SELECT import.id, randomblob(16),
       coalesce((SELECT source.name FROM provenance CROSS JOIN source ON source.id = provenance.source
                 WHERE provenance.import = import.id LIMIT 1), 'file'),
       '', import.received,
       (SELECT count(DISTINCT version.seq) FROM provenance CROSS JOIN version ON version.seq = provenance.version
        WHERE provenance.import = import.id AND version.number = 1),
       (SELECT count(DISTINCT version.seq) FROM provenance CROSS JOIN version ON version.seq = provenance.version
        WHERE provenance.import = import.id AND version.number > 1)
FROM import;
DROP TABLE import;

-- How a version came here, by each delivery that carried it. `place` orders the versions of one delivery:
-- what is greater is newer.
CREATE TABLE carried (
    version  INTEGER NOT NULL,
    delivery INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    full_url TEXT NOT NULL,
    place    INTEGER NOT NULL,
    PRIMARY KEY (version, delivery, source, full_url)
) STRICT, WITHOUT ROWID;
INSERT INTO carried SELECT version, import, source, full_url, version FROM provenance ORDER BY version, import;
DROP TABLE provenance;

-- Under which names a record is known: 64 bits of its id there, and 64 more of type and place to compare.
-- Where an id was used again for something else, several records have one name.
DROP TABLE identity_key;
CREATE TABLE identity_key (
    hash   INTEGER NOT NULL,
    rest   INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (hash, rest, record)
) STRICT, WITHOUT ROWID;

-- The version of a record that lists show, where that is not its only one.
CREATE INDEX version_shown ON version (record) WHERE shown = 1 AND number > 1;

-- Versions that no delivery carries any more: kept, and out of sight.
CREATE TABLE taken_back (
    version INTEGER PRIMARY KEY
) STRICT;

-- What a source said that it removed: a DELETE entry of a history. `updated` is when, as the order of
-- versions compares it.
CREATE TABLE removal (
    record   INTEGER NOT NULL,
    delivery INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    updated  TEXT,
    PRIMARY KEY (record, delivery, place)
) STRICT, WITHOUT ROWID;

-- Records that are removed at their source, all in all.
CREATE TABLE removed (
    record INTEGER PRIMARY KEY
) STRICT;

-- Sealed versions whose entry in a segment says less than is so: superseded, withdrawn, or no longer.
CREATE TABLE relisted (
    version INTEGER PRIMARY KEY
) STRICT;

-- Input that can be read only once, while an import reads it twice; empty at all other times.
CREATE TABLE spool (
    id    INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;
