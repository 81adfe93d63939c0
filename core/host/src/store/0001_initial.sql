-- Everything the host knows besides sealed bytes. Times are seconds since 1970-01-01 UTC.

CREATE TABLE spaces (
    space INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    opened INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    last_commit BLOB,                       -- SHA-256 of the commit that led to this version
    stored_bytes INTEGER NOT NULL DEFAULT 0,
    log_sequence INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE compartments (
    compartment INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES spaces,
    id BLOB NOT NULL CHECK (length(id) = 16),
    head BLOB,
    UNIQUE (space, id)
) STRICT;

-- One object in the blob store, holding the blobs of one upload one after the other.
CREATE TABLE packs (
    pack INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    retired INTEGER                         -- since when nothing lies in it any more
) STRICT;

CREATE TABLE blobs (
    blob INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES spaces,
    id BLOB NOT NULL CHECK (length(id) = 32),
    pack INTEGER NOT NULL REFERENCES packs,
    start INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    loose_since INTEGER,                    -- since when no compartment refers to it
    UNIQUE (space, id)
) STRICT;
CREATE INDEX blobs_in_pack ON blobs (pack, bytes);
CREATE INDEX blobs_loose ON blobs (loose_since) WHERE loose_since IS NOT NULL;

CREATE TABLE blob_references (
    compartment INTEGER NOT NULL REFERENCES compartments,
    blob INTEGER NOT NULL REFERENCES blobs,
    PRIMARY KEY (compartment, blob)
) STRICT, WITHOUT ROWID;
CREATE INDEX references_to_blob ON blob_references (blob);

CREATE TABLE grants (
    grant_key INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES spaces,
    id BLOB NOT NULL CHECK (length(id) = 32),
    slot BLOB NOT NULL CHECK (length(slot) = 32),
    entry BLOB NOT NULL,
    not_after INTEGER NOT NULL,
    dropped INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0,     -- the ledger has proved it: final
    UNIQUE (space, id)
) STRICT;
CREATE INDEX grants_by_reader ON grants (id, slot);
CREATE INDEX grants_by_end ON grants (not_after);

CREATE TABLE grant_compartments (
    grant_key INTEGER NOT NULL REFERENCES grants ON DELETE CASCADE,
    compartment INTEGER NOT NULL REFERENCES compartments ON DELETE CASCADE,
    PRIMARY KEY (grant_key, compartment)
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_of_compartment ON grant_compartments (compartment);

CREATE TABLE links (
    link INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES spaces,
    id BLOB NOT NULL CHECK (length(id) = 16),
    path BLOB UNIQUE CHECK (length(path) = 32),  -- absent until a commit names the link
    content BLOB,                                -- absent once the link has ended
    stored INTEGER NOT NULL,
    expires INTEGER,
    opens INTEGER,                               -- how often it may be opened; absent: no limit
    opened INTEGER NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0,
    UNIQUE (space, id)
) STRICT;

CREATE TABLE access_log (
    space INTEGER NOT NULL REFERENCES spaces,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (space, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_log_by_time ON access_log (time);

CREATE TABLE providers (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    signing_key BLOB NOT NULL CHECK (length(signing_key) = 32),
    suspended INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE envelopes (
    envelope INTEGER PRIMARY KEY,
    provider BLOB NOT NULL CHECK (length(provider) = 32),
    id BLOB NOT NULL CHECK (length(id) = 32),
    content BLOB NOT NULL,
    received INTEGER NOT NULL,
    fetched INTEGER,
    UNIQUE (provider, id)
) STRICT;

-- One row: the newest header that this host has verified.
CREATE TABLE ledger (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    trusted BLOB NOT NULL
) STRICT;
