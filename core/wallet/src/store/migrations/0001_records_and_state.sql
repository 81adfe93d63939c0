-- Whose store this is.
CREATE TABLE wallet (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    wallet_id   BLOB NOT NULL CHECK (length(wallet_id) = 16),
    fingerprint TEXT NOT NULL,
    created     INTEGER NOT NULL
) STRICT;

-- Keys that a session needs without the seed: owner and branch keys.
CREATE TABLE held_key (
    name TEXT PRIMARY KEY,
    key  BLOB NOT NULL CHECK (length(key) = 32)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was decided, in order, each entry bound to the one before by its hash. Append only.
CREATE TABLE state_log (
    seq     INTEGER PRIMARY KEY,
    time    INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    subject BLOB NOT NULL,
    body    BLOB NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- Where the log ended after each transaction that appended to it. Append only.
CREATE TABLE state_head (
    generation INTEGER PRIMARY KEY,
    seq        INTEGER NOT NULL,
    root       BLOB NOT NULL CHECK (length(root) = 32)
) STRICT;

CREATE TABLE source (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- One run of an import that wrote something.
CREATE TABLE import (
    id       INTEGER PRIMARY KEY,
    received INTEGER NOT NULL
) STRICT;

-- What was received, in the order of arrival. A record is its versions; `record` is the seq of
-- the first one. `content` is H("record", bytes); that of the first version is the record's id.
CREATE TABLE version (
    seq      INTEGER PRIMARY KEY,
    record   INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    trust    INTEGER NOT NULL,
    shown    INTEGER NOT NULL,
    updated  INTEGER,
    position INTEGER NOT NULL,
    content  BLOB NOT NULL CHECK (length(content) = 32),
    bytes    BLOB NOT NULL
) STRICT;
CREATE INDEX version_later ON version (record, number) WHERE number > 1;

-- Where content is: 64 bits of its hash; the whole hash is compared on a hit.
CREATE TABLE content_key (
    hash    INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (hash, version)
) STRICT, WITHOUT ROWID;

-- Under which names a record is known: 64 bits of the name's hash, and 64 more to compare.
CREATE TABLE identity_key (
    hash   INTEGER NOT NULL,
    rest   INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (hash, rest)
) STRICT, WITHOUT ROWID;

-- How a version came here; the same content can come twice.
CREATE TABLE provenance (
    version  INTEGER NOT NULL,
    source   INTEGER NOT NULL,
    full_url TEXT NOT NULL,
    import   INTEGER NOT NULL,
    PRIMARY KEY (version, source, full_url)
) STRICT, WITHOUT ROWID;

-- Everything a list shows of a record, and nothing else; the table is its own index. `position`
-- is minute << 35 | seq << 5 | category, so that newest comes last.
CREATE TABLE summary (
    category  INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    record_id BLOB NOT NULL CHECK (length(record_id) = 32),
    source    INTEGER NOT NULL,
    type      TEXT NOT NULL,
    date      TEXT,
    code      TEXT,
    display   TEXT,
    PRIMARY KEY (category, position)
) STRICT, WITHOUT ROWID;

-- Words of a record, under its position; the text itself is not kept.
CREATE VIRTUAL TABLE word USING fts5 (
    category, text,
    content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2'
);

-- References that stand for the owner of this wallet although no Patient came with them.
CREATE TABLE owner_reference (
    source    TEXT NOT NULL,
    reference TEXT NOT NULL,
    PRIMARY KEY (source, reference)
) STRICT, WITHOUT ROWID;

-- Under which blob a version is at the host. Versions above the last one here are unsent.
CREATE TABLE sealed (
    version INTEGER PRIMARY KEY REFERENCES version (seq),
    blob    BLOB NOT NULL CHECK (length(blob) = 32),
    key     BLOB NOT NULL CHECK (length(key) = 32),
    length  INTEGER NOT NULL
) STRICT;
