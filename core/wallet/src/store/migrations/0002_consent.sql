-- Where this wallet is connected; at most one row.
CREATE TABLE connection (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    ledger_url    TEXT NOT NULL,
    host_url      TEXT NOT NULL,
    trust_anchor  BLOB NOT NULL,
    trusted_state BLOB NOT NULL,
    -- The version of the space that the host has acknowledged, and the hash of its `self` head.
    space_version INTEGER NOT NULL,
    self_head     BLOB
) STRICT;

-- A set of records under one epoch key: its newest head, and whether the content is newer than that.
CREATE TABLE compartment (
    id         INTEGER PRIMARY KEY,
    label      TEXT NOT NULL UNIQUE,
    identifier BLOB NOT NULL UNIQUE CHECK (length(identifier) = 16),
    version    INTEGER NOT NULL DEFAULT 0,
    head       BLOB,
    -- 1: content or epoch are newer than the head. 2: the head is newer than what the host has.
    changed    INTEGER NOT NULL DEFAULT 1
) STRICT;

-- The newest epoch of each compartment, and the grants whose packet has carried its key.
CREATE TABLE epoch (
    compartment BLOB PRIMARY KEY,
    log_seq     INTEGER NOT NULL,
    object      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A list of record versions with the keys that open them: how it is sealed, and what it says.
CREATE TABLE segment (
    id          INTEGER PRIMARY KEY,
    compartment INTEGER NOT NULL REFERENCES compartment (id),
    blob        BLOB NOT NULL,
    key         BLOB NOT NULL,
    count       INTEGER NOT NULL,
    entries     BLOB NOT NULL
) STRICT;
CREATE INDEX segment_by_compartment ON segment (compartment);

-- Records about no patient and the compartments in which they lie, in their own right or because
-- something there refers to them.
CREATE TABLE record_about_nobody (
    record      INTEGER NOT NULL,
    compartment INTEGER NOT NULL,
    PRIMARY KEY (record, compartment)
) STRICT, WITHOUT ROWID;

-- Names under which records about no patient are referred to, and names that something refers to
-- although nothing has come under them yet: 64 bits of the name's hash.
CREATE TABLE reference_name (
    name   INTEGER PRIMARY KEY,
    record INTEGER NOT NULL
) STRICT;
CREATE TABLE awaited_name (
    name INTEGER PRIMARY KEY
) STRICT;

-- What a commit must still tell the host about the blobs of a compartment.
CREATE TABLE reference_change (
    compartment BLOB NOT NULL,
    blob        BLOB NOT NULL,
    added       INTEGER NOT NULL,
    PRIMARY KEY (compartment, blob)
) STRICT, WITHOUT ROWID;

-- Compartments that the host is to drop.
CREATE TABLE dropped_compartment (
    compartment BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Sealed bytes that the host must have before the next commit.
CREATE TABLE upload (
    id    INTEGER PRIMARY KEY,
    blob  BLOB NOT NULL UNIQUE,
    bytes BLOB NOT NULL
) STRICT;

-- The wallet's own state as records of the `self` compartment: what was sealed last of each.
CREATE TABLE state_object (
    name   TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    blob   BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Commits that were made for the next version and perhaps sent; only one of a version ever counts.
CREATE TABLE pending_commit (
    id        INTEGER PRIMARY KEY,
    version   INTEGER NOT NULL,
    self_head BLOB NOT NULL,
    bytes     BLOB NOT NULL,
    sent      INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What this wallet has with one provider: its account, its card as pinned.
CREATE TABLE relationship (
    account BLOB PRIMARY KEY,
    object  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A grant; beside the object what every publication asks of all of them.
CREATE TABLE consent_grant (
    id            BLOB PRIMARY KEY,
    log_seq       INTEGER NOT NULL,
    state         TEXT NOT NULL,
    account       BLOB NOT NULL,
    slot          BLOB NOT NULL,
    not_after     INTEGER NOT NULL,
    max_staleness INTEGER NOT NULL,
    -- 16 bytes each, sorted.
    compartments  BLOB NOT NULL,
    is_private    INTEGER NOT NULL,
    object        BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What the host is to know of a share link, and the wallet alone.
CREATE TABLE link (
    id      BLOB PRIMARY KEY,
    changed INTEGER NOT NULL,
    object  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What the host is to know of a grant (null: that it is dropped), and whether it has yet to learn that.
CREATE TABLE grant_entry (
    id      BLOB PRIMARY KEY,
    changed INTEGER NOT NULL,
    entry   BLOB
) STRICT, WITHOUT ROWID;

-- What is to be sent besides commits, oldest first.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('transaction', 'envelope')),
    account     BLOB NOT NULL,
    -- The grant that it is about.
    subject     BLOB NOT NULL,
    body        BLOB NOT NULL,
    queued      INTEGER NOT NULL,
    last_sent   INTEGER
) STRICT;
