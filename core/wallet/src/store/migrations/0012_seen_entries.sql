-- What the hosts' access logs showed and its owner was told, or what is no news since it is of before this wallet:
-- a SHA-256 of each entry, and one of each signed request that an entry was the first to show.
CREATE TABLE seen_entry (
    digest BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The blobs in which a version lay before it was sealed again.
CREATE TABLE former_blob (
    blob    BLOB    PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
